// Lays a range, − and +, and a number box over the radio list. The radios stay the truth.
for (const form of document.querySelectorAll("[data-slider]")) {
  const radios = [...form.querySelectorAll("input[type=radio]")];
  const values = radios.map((radio) => Number(radio.value));
  const range = form.querySelector("[data-range]");
  if (radios.length < 2 || !range) continue;
  const exact = form.querySelector("[data-exact]");
  const said = form.querySelector("[data-said]");
  const ticks = form.querySelector("[data-ticks]");
  const words = (index) => `${values[index].toLocaleString("en-US")} credits a month`;
  const now = () => Math.max(0, radios.findIndex((radio) => radio.checked));

  const show = () => {
    const index = now();
    range.value = index;
    range.setAttribute("aria-valuetext", words(index));
    exact.value = values[index];
    for (const button of form.querySelectorAll("[data-step]")) {
      button.disabled = values[index + Number(button.dataset.step)] === undefined;
    }
  };
  const choose = (index) => {
    const radio = radios[Math.min(Math.max(index, 0), radios.length - 1)];
    if (radio.checked) return show();
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  };

  range.min = 0; range.max = radios.length - 1; range.step = 1;
  // The thumb stands over the middle of its label.
  range.style.marginInline = `calc(50% / ${radios.length} - .8rem)`;
  range.style.width = `calc(100% - 100% / ${radios.length} + 1.6rem)`;
  form.classList.add("live");
  for (const part of form.querySelectorAll("[data-range], [data-step], [data-exact-row]")) part.hidden = false;
  ticks.setAttribute("aria-hidden", "true");
  for (const radio of radios) radio.tabIndex = -1;
  if (window.htmx) form.querySelector("[data-plain]").hidden = true;
  form.addEventListener("change", (event) => { if (event.target.type === "radio") show(); });
  range.addEventListener("input", () => range.setAttribute("aria-valuetext", words(Number(range.value))));
  range.addEventListener("change", () => choose(Number(range.value)));
  for (const button of form.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => choose(now() + Number(button.dataset.step)));
  }
  exact.addEventListener("change", () => {
    const wanted = Number(exact.value);
    const index = values.findIndex((value) => value >= wanted);
    const found = index === -1 ? values.length - 1 : index;
    choose(found);
    said.textContent = values[found] === wanted ? "" : `The nearest step is ${words(found)}.`;
    show();
  });
  exact.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); exact.dispatchEvent(new Event("change")); }
  });
  show();
}
