import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte({ compilerOptions: { runes: true } })],
  build: {
    outDir: "../src/huisheng/server/page",
    emptyOutDir: true,
    assetsInlineLimit: 0, // a strict content security policy allows no data: addresses
    license: { fileName: "licenses.md" }, // the bundled libraries ask that their notices travel with them
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/audio": "http://127.0.0.1:8000" } },
});
