"""What is wrong with a page as it stands: for axe in light and dark, at 320 pixels, for the content policy."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

# Light and dark have the same document: what can differ is these.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("Policy violated:", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


def faults(page: Page) -> list[str]:
    """What axe finds in light and dark, and what is wider than a window of 320 pixels."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = "axe.run(document, {resultTypes: ['violations'], runOnly: %s})" % OF_COLOURS  # noqa: UP031
    found += page.evaluate(dark)["violations"]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    said = [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found]
    over = too_wide(page)
    return [*said, *([f"{over} pixels too wide at 320"] if over > 0 else [])]


def too_wide(page: Page, width: int = 320) -> int:
    """By how many pixels the page scrolls sideways in a window of this width."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": width, "height": 800})
    over: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size(size)
    return over


def faults_on(page: Page, addresses: Iterable[str]) -> dict[str, list[str]]:
    """The faults of each page that has any."""
    found = {}
    for address in addresses:
        page.goto(address)
        if wrong := faults(page):
            found[address] = wrong
    return found


def watch(context: BrowserContext) -> list[str]:
    """Gather what the browser refuses by the content policy, and what fails in a script, from now on."""
    heard: list[str] = []
    context.add_init_script(TELL_VIOLATIONS)
    context.on(
        "console",
        lambda said: heard.append(said.text) if "olicy" in said.text and said.type == "error" else None,
    )
    context.on("weberror", lambda fault: heard.append(str(fault.error)))
    return heard
