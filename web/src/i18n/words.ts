import { useSetting } from "../ui/settings";
import { en, type Words } from "./en";
import { zh } from "./zh";

export const LANGUAGES = { en, zh } as const;
export type Language = keyof typeof LANGUAGES;

const browsersOwn = (): Language => (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

/** The language that was chosen, or else the browser's. */
export function useLanguage(): Language {
  const [chosen] = useSetting("language", "");
  return chosen in LANGUAGES ? (chosen as Language) : browsersOwn();
}

/** The words that all of the console has. */
export function useWords(): Words {
  return LANGUAGES[useLanguage()];
}

/** Those of one page, from the `words.ts` of its folder. */
export function useWordsOf<T>(words: Record<Language, T>): T {
  return words[useLanguage()];
}
