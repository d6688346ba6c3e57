import { LANGUAGES, useLanguage, useWords } from "../i18n/words";
import { useSetting } from "../ui/settings";

const THEMES = ["system", "light", "dark"] as const;

export function Settings() {
  const words = useWords();
  const language = useLanguage();
  const [theme, setTheme] = useSetting("theme", "system");
  const [, setLanguage] = useSetting("language", "");
  return (
    <div className="settings">
      <select aria-label={words.shell.themeLabel} value={theme} onChange={(event) => setTheme(event.target.value)}>
        {THEMES.map((one) => <option key={one} value={one}>{words.shell.theme[one]}</option>)}
      </select>
      <select
        aria-label={words.shell.languageLabel}
        value={language}
        onChange={(event) => setLanguage(event.target.value)}
      >
        {Object.entries(LANGUAGES).map(([code, one]) => (
          <option key={code} value={code} lang={one.locale}>{one.language}</option>
        ))}
      </select>
    </div>
  );
}
