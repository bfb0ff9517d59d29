// Menus and the navigation. Markup: <details class="menu" data-menu>; <button data-nav-toggle>.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const nav = document.getElementById("navigation");
  if (window.location.hash === "#navigation" && nav && !nav.contains(event.target)) closeNavigation();
  if (event.target.closest("[data-nav-toggle]")) toggleRail();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (window.location.hash === "#navigation") {
    closeNavigation();
    document.querySelector(".nav-open")?.focus();
  }
});

// Leaving a menu by Tab closes it.
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

function closeNavigation() {
  window.location.replace("#main");
}

function toggleRail() {
  const root = document.documentElement;
  const rail = root.dataset.nav !== "rail";
  if (rail) root.dataset.nav = "rail";
  else delete root.dataset.nav;
  // The server draws the next page the same way, so nothing jumps.
  document.cookie = `navigation=${rail ? "rail" : "wide"}; path=/; max-age=31536000; samesite=lax`;
}
