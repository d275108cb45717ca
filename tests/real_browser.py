"""A real Chromium, driven by Selenium, that reaches this machine only."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from paths import TOP

AXE = TOP / "tests/vendor/axe-core/axe.min.js"
PHONE, DESK = (390, 844), (1440, 900)
PATIENCE_S = 60.0


def programs() -> tuple[str, str] | None:
    """Chromium and its driver, or ``None`` where one is missing."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


needs_browser = pytest.mark.skipif(programs() is None, reason="needs chromium and chromedriver (see .ci/run)")


class RealBrowser:
    """One Chromium with an empty profile; :meth:`start_anew` forgets what an earlier test left in it."""

    def __init__(self, *names: str) -> None:
        """Starts it.

        Args:
            names: host names that lead to this machine, as after DNS rebinding.
        """
        found = programs()
        assert found is not None
        options = webdriver.ChromeOptions()
        options.binary_location = found[0]
        for argument in (
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--host-resolver-rules="
            + "".join(f"MAP {name} 127.0.0.1, " for name in names)
            + "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            # Chromium refuses its sandbox to root, as whom containers run their tests
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(found[1]))

    def start_anew(self, size: tuple[int, int] = DESK, *, dark: bool = False) -> None:
        """An empty tab without cookies, stored text, throttling or recorded messages."""
        first, *others = self.driver.window_handles
        for handle in others:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.cdp("Page.navigate", url="about:blank")
        self.cdp("Network.enable")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Storage.clearDataForOrigin", origin="*", storageTypes="all")
        self.set_delay(0)
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)
        self.show(size, dark=dark)
        self._log("browser")
        self._log("performance")

    def show(self, size: tuple[int, int], *, dark: bool = False) -> None:
        """The size of the screen, a phone's with touch, and its theme."""
        phone = size[0] < 600
        self.cdp("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=phone)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=phone)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", features=[theme])

    def set_delay(self, seconds: float) -> None:
        """Every answer takes this much longer."""
        self.cdp(
            "Network.emulateNetworkConditions",
            offline=False,
            latency=seconds * 1000,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def switch_script_off(self) -> None:
        """The pages' own script does not run from the next page on."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=True)

    def cdp(self, command: str, **parameters: Any) -> Any:
        """A command of Chromium's own protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def press(self, *keys: str) -> None:
        """Presses keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def one(self, selector: str) -> WebElement:
        """The first element, as soon as there is one."""
        self.wait(lambda: bool(self.all(selector)), f"{selector} is there")
        return self.all(selector)[0]

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def button(self, word: str, inside: str = "body") -> WebElement:
        """The button with this accessible name."""
        return next(each for each in self.all(f"{inside} button") if each.accessible_name == word)

    def click(self, element: WebElement) -> None:
        """Clicks after scrolling the element to the middle: a bar may cover the lower edge of the window."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def tap(self, element: WebElement) -> None:
        """Touches an element where a finger would, after scrolling to it."""
        # Chromium loses a touch of a page that it has not drawn yet since it was scrolled
        script = (
            "const [element, done] = arguments; element.scrollIntoView({block: 'center', behavior: 'instant'});"
            "requestAnimationFrame(() => requestAnimationFrame(() => {"
            "  const box = element.getBoundingClientRect(); done([box.x, box.y, box.width, box.height]); }))"
        )
        box = self.driver.execute_async_script(script, element)
        assert min(box[2:]) >= 24, f"{element.accessible_name} is too small to touch"
        point = {"x": box[0] + box[2] / 2, "y": box[1] + box[3] / 2}
        self.cdp("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
        self.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Waits until the condition holds; an element that was replaced meanwhile is looked up again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                if condition():
                    return
            except (StaleElementReferenceException, IndexError):
                pass
            assert time.monotonic() < deadline, f"still not so: {what}\n{self.driver.page_source[:3000]}"
            time.sleep(0.02)

    def _log(self, name: str) -> list[dict[str, Any]]:
        """The entries since the last call."""
        entries: list[dict[str, Any]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return entries

    def accessibility_violations(self) -> list[str]:
        """What axe-core finds on the page as it is: the rule, and the elements that break it."""
        # by Chromium's protocol, because the page's own policy allows no script from elsewhere
        self.cdp("Runtime.evaluate", expression=AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations))"
        )
        return [f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}" for each in found]

    def complaints(self) -> list[str]:
        """Errors on the console since :meth:`start_anew`."""
        messages = [entry["message"] for entry in self._log("browser") if entry["level"] == "SEVERE"]
        # what an installed page needs is fetched some time after the page, when the test may have stopped the server
        late = ("/manifest.webmanifest", "/static/icon-")
        gone = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
        return [
            each
            for each in messages
            if not (any(error in each for error in gone) and any(path in each for path in late))
        ]

    def hosts_asked(self) -> set[str]:
        """``host:port`` of every request since :meth:`start_anew`."""
        asked = set()
        for entry in self._log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.add(urlsplit(message["params"]["request"]["url"]).netloc)
        return asked - {""}


@contextmanager
def real_browser(*names: str) -> Iterator[RealBrowser]:
    """A browser until the block ends, for which these host names lead to this machine."""
    started = RealBrowser(*names)
    try:
        yield started
    finally:
        started.driver.quit()
