// Sets the chosen theme before the page is painted; without this file the system's theme is used.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch { /* storage is switched off */ }
