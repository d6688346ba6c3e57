// The colours and fonts of the page, for a canvas, which knows no custom properties.

import { colourOf, type State, STATES } from "../../../states/states";

export interface Palette {
  surface: string;
  raised: string;
  line: string;
  edge: string;
  text: string;
  quiet: string;
  accent: string;
  states: Record<State, string>;
  mono: string;
}

export function paletteOf(element: HTMLElement): Palette {
  const probe = element.appendChild(document.createElement("span"));
  const colour = (property: string) => {
    probe.style.color = `var(${property})`;
    return getComputedStyle(probe).color;
  };
  probe.style.fontFamily = "var(--mono)";
  const palette: Palette = {
    surface: colour("--surface"),
    raised: colour("--surface-raised"),
    line: colour("--line"),
    edge: colour("--line-strong"),
    text: colour("--text"),
    quiet: colour("--text-quiet"),
    accent: colour("--accent"),
    states: Object.fromEntries(STATES.map((state) => [state, colour(colourOf(state))])) as Record<State, string>,
    mono: getComputedStyle(probe).fontFamily,
  };
  probe.remove();
  return palette;
}

/** Tells when the theme changes, by the system or by hand. Gives how to end that. */
export function watchTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const byHand = new MutationObserver(changed);
  system.addEventListener("change", changed);
  byHand.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    byHand.disconnect();
  };
}
