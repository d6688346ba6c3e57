import { defineConfig } from "vite";

// `MOONDIAL_CONSOLE_OUT` is where CMake wants the bundle. `npm run dev` serves the page from these
// sources, with the API of a daemon at its default address.
export default defineConfig({
  esbuild: { jsx: "automatic" },
  build: {
    outDir: process.env.MOONDIAL_CONSOLE_OUT ?? "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the Content-Security-Policy knows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      // A word to servers that render React; there is none here.
      onwarn: (warning, warn) => {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": "http://127.0.0.1:7171", "/login": "http://127.0.0.1:7171", "/healthz": "http://127.0.0.1:7171" },
  },
});
