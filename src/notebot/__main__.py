"""``python -m notebot``"""

from notebot.cli import main

main()
