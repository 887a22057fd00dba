import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressed } from "./build/compressed.ts";
import { firstLoadBudget } from "./build/first-load-budget.ts";

export default defineConfig({
  // Relative, so that one build serves every path prefix; the page says where it is (<base>).
  base: "./",
  plugins: [
    react(),
    firstLoadBudget({
      entries: ["src/main.tsx", "src/features/overview/overview-page.tsx"],
      gzipBytesMax: 200_000,
    }),
    compressed(),
  ],
  build: {
    assetsDir: "console-assets",
    // A data: address of a font or picture would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
