// What every page gets on top of working without script: menus that close, and no second press of a button.
for (const menu of document.querySelectorAll("details.who")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
document.addEventListener("submit", (event) => {
  // A file leaves the page where it is, to be asked for again.
  if (event.target.method !== "post" || "file" in event.target.dataset) return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "yes";
});
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
// On a phone the row of links is longer than the window: where one is comes into sight.
for (const here of document.querySelectorAll("nav [aria-current]")) {
  const row = here.closest("nav");
  row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}
// A page that nobody looks at asks for no news.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[hx-trigger^=every]")) event.preventDefault();
});
const faults = document.getElementById("faults");
if (faults) { faults.focus(); document.title = `Error: ${document.title}`; }
// A secret is copied at one press; without script, or where the browser allows it not, it is selected at one click.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = button.parentElement.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(button.closest("section").querySelector("code").textContent);
      said.textContent = "Copied.";
    } catch { said.textContent = "Please copy it by hand."; }
  });
}
