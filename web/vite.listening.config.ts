/** The page of the listening test, `huisheng voices audition`: one HTML file, which Python fills with the takes. */

import { defineConfig, type Plugin } from "vite";

/** The source expression of a policy that allows this text (Content Security Policy, 6.7.3.3). */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

/** Script and style in the page itself, and a policy that lets nothing else run and nothing be fetched. */
function singleFile(): Plugin {
  return {
    name: "single-file",
    enforce: "post",
    async generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const page = files.find((file) => file.type === "asset" && file.fileName.endsWith(".html"));
      const style = files.find((file) => file.type === "asset" && file.fileName.endsWith(".css"));
      const script = files.find((file) => file.type === "chunk");
      if (page?.type !== "asset" || style?.type !== "asset" || script?.type !== "chunk" || files.length > 3) {
        this.error(`a page, a style and a script were expected: ${Object.keys(bundle).join(", ")}`);
      }
      const css = String(style.source).trim();
      const code = script.code.trim().replaceAll("</script", "<\\/script");
      const policy =
        `default-src 'none'; style-src ${await hashOf(css)}; script-src ${await hashOf(code)}; ` +
        "media-src data:; img-src data:; base-uri 'none'; form-action 'none'";
      page.source = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${css}</style>`)
        .replace("{{policy}}", () => policy)
        .replace("</body>", () => `  <script type="module">${code}</script>\n  </body>`);
      page.fileName = "page.html";
      delete bundle[style.fileName];
      delete bundle[script.fileName];
    },
  };
}

export default defineConfig({
  plugins: [singleFile()],
  build: {
    outDir: "../src/huisheng/listening",
    emptyOutDir: false,
    copyPublicDir: false,
    modulePreload: false,
    rolldownOptions: { input: "listening.html" },
  },
});
