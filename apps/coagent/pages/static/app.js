// The shell: who is signed in, where one can go, and the view that belongs to the address.

import { call, session } from "./api.js";
import { button, byId, guarded, h, heading, showProblem } from "./dom.js";

const PAGES = [
  ["", "Dashboard"], ["profile", "Profile"], ["reviews", "Reviews"], ["library", "Library"], ["plans", "Plans"],
  ["competitors", "Competitors"], ["reports", "Reports"], ["training", "Training"], ["activity", "Activity"],
  ["account", "Account"],
];
const name = location.pathname.slice(1);

function showShell(user) {
  byId("nav").append(h("ul", PAGES.map(([path, words]) =>
    h("li", h("a", { href: `/${path}`, "aria-current": path === name ? "page" : undefined }, words)))));
  for (const id of ["nav", "menu", "who"]) byId(id).hidden = false;
  byId("user").textContent = user;
  byId("menu").addEventListener("click", () => {
    const isOpen = document.body.classList.toggle("open");
    byId("menu").setAttribute("aria-expanded", String(isOpen));
  });
  byId("sign-out").addEventListener("click", () => guarded(byId("sign-out"), async () => {
    await call("DELETE", "session");
    location.assign("/sign-in");
  }));
}

async function show() {
  const view = byId("view");
  let found = null;
  try {
    found = await session();
  } catch (problem) {
    if (problem.code !== "signed-out") throw problem;
    if (name !== "sign-in") return location.assign("/sign-in");
    found = problem.said;
  }
  if (name !== "sign-in") showShell(found.user);
  const { default: draw } = await import(`./views/${name || "dashboard"}.js`);
  const parts = await draw(found, show);
  view.replaceChildren(...parts);
  document.body.dataset.ready = "true";
  return null;
}

try {
  await show();
} catch (problem) {
  showProblem(problem.message);
  byId("view").replaceChildren(heading("This did not load"), button("Try again", () => location.reload()));
}
