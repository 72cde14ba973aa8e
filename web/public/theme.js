// Applies the theme that was chosen before the first paint; src/lib/theme.svelte.ts keeps the choice.
try {
  const theme = localStorage.getItem("huisheng.theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name="color-scheme"]').content = theme;
  }
} catch {
  // The browser forbids storage: the system's theme counts.
}
