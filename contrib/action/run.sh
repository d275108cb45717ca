#!/usr/bin/env bash
# The work of the action once notebot is installed. Exits with 1 if something failed; what arrived is kept all the same,
# so that a failed run neither loses a day nor looks like a quiet one.
set -uo pipefail
token=${TOKEN:-}
unset TOKEN                              # no command below sees it unless it is handed over

keep() {
  cd data || return 1
  if [ ! -e .git ]; then
    git init --quiet --initial-branch notebot-data
    git remote add origin "${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY"
  fi
  rm -f state/*.lock
  git add --all . || return 1
  git diff --cached --quiet && return 0
  git -c user.name=notebot -c user.email=notebot@users.noreply.github.com commit --quiet \
    --message "poll $(date --utc +%F)" || return 1
  # in the environment of this one command, so that the token is neither stored nor an argument
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraheader \
  GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$token" | base64 --wrap=0)" \
    git push --quiet origin HEAD:notebot-data
}

case ${COMMAND:-} in
  digest)
    failed=0
    notebot poll || failed=1
    notebot digest || failed=1
    keep || failed=1
    exit "$failed"
    ;;
  fill)
    if [ ! -e config.toml ]; then
      printf '[notebot]\nstate_dir = "data/state"\n[archive]\nrepo = "%s"\n' "$GITHUB_REPOSITORY" > config.toml
    fi
    NOTEBOT_GITHUB_TOKEN=$token notebot fill "${NUMBER:?the input number names the issue}"
    ;;
  *)
    echo "The input command is digest or fill, not '${COMMAND:-}'." >&2
    exit 2
    ;;
esac
