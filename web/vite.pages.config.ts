import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The pages beside the first one, built after it: what they share would make the first page heavier. */
export default defineConfig({
  plugins: [svelte({ compilerOptions: { runes: true } })],
  build: {
    outDir: "../src/huisheng/server/page",
    emptyOutDir: false,
    copyPublicDir: false,
    assetsDir: "pages",
    assetsInlineLimit: 0,
    license: { fileName: "pages/licenses.md" },
    rolldownOptions: { input: ["account.html", "admin.html", "roi.html"] },
  },
});
