import { fileURLToPath } from "node:url"
import { defineConfig, type Plugin } from "vite"

/** The first thing that is painted is the page in the theme that was chosen, and not an empty one in another. */
const paintLast: Plugin = {
  name: "paint-last",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"')
  }
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Vite asks for it
export default defineConfig({
  root: here("."),
  // Files name each other by relative paths: the folder works under any prefix.
  base: "./",
  plugins: [paintLast],
  build: {
    outDir: here("../dist/dashboard"),
    emptyOutDir: true,
    target: "es2023",
    // A strict policy has no place for images in style sheets that are data, and none is worth it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false
  }
})
