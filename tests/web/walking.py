"""A person without a mouse: Tab, Shift+Tab, Enter, Space, arrows and typing alone. Each stop on the way must be seen,
must lie in the window, and must not lie above and before the one that it follows."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_STOPS = 90
# What has the focus: what it says, its name in a form, whether it is marked, whether it is in the page's own part.
FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const label = at.closest("label") || (at.labels && at.labels[0]);
  const marked = [at, at.closest("label")].some((each) => each && getComputedStyle(each).outlineStyle !== "none");
  return {
    says: [at.getAttribute("aria-label"), at.getAttribute("aria-valuetext"), at.innerText, label && label.innerText]
      .map((words) => (words || "").replace(/\\s+/g, " ").trim()).filter((words) => words),
    name: at.name || "", value: at.value || "", isPage: at.matches("body, main"),
    isOurs: at.closest("main, .who, .demo") !== null, isMarked: marked,
    isInSight: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    box: [box.left, box.top + scrollY, box.right, box.bottom + scrollY], isMain: at.closest("main") !== null,
  };
}"""


def to(page: Page, words: str = "", *, field: str = "", key: str = "Tab") -> None:
    """Press Tab until what says these words, or is the field of this name, has the focus."""
    before = page.evaluate(FOCUS)
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        here = page.evaluate(FOCUS)
        if not here["isPage"]:
            # The page itself has the focus for a moment after it has loaded, and needs no ring.
            assert here["isMarked"], f"the focus on {here} is not seen"
            assert here["isInSight"], f"{here} is out of sight"
            if key == "Tab" and before["isMain"] and here["isMain"] and not before["isPage"]:
                assert _follows(before["box"], here["box"]), f"{here} comes after {before}"
        if here["isOurs"] and (
            field == here["name"] if field else any(said.startswith(words) for said in here["says"])
        ):
            return
        before = here
    raise AssertionError(f"nothing is {words or field!r} within {MOST_STOPS} stops")


def _follows(before: list[float], after: list[float]) -> bool:
    """Reading order: further down, or at the same height or in the next column, to the right."""
    return after[3] > before[1] or after[0] >= before[2]


def press(page: Page, words: str, key: str = "Enter") -> None:
    """Go to a link or button and follow it."""
    to(page, words)
    with page.expect_navigation():
        page.keyboard.press(key)


def write(page: Page, field: str, words: str) -> None:
    """Go to a field and type; what stands there already is selected on arrival, and so replaced."""
    to(page, field=field)
    page.keyboard.type(words)


def open_menu(page: Page) -> None:
    to(page, "Profile menu")
    page.keyboard.press("Enter")
    assert page.locator("#profile-menu").get_attribute("open") is not None


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()
