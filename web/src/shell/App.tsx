import { Suspense, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { useWords } from "../i18n/words";
import { useConnection, useFeed } from "../live/context";
import { Fence } from "../ui/Fence";
import { useKeys } from "../ui/keys";
import { useSetting } from "../ui/settings";
import { useZone } from "../ui/time";
import { KeyList } from "./KeyList";
import { RAIL, ROUTES } from "./pages";
import { Search } from "./Search";
import { Settings } from "./Settings";
import { SignIn } from "./SignIn";
import { useTab } from "./tab";

export function App() {
  const connection = useConnection();
  const words = useWords();
  const [theme] = useSetting("theme", "system");
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    document.documentElement.lang = words.locale;
  }, [theme, words]);
  if (connection === "signed_out") return <SignIn />;
  return <Console />;
}

function Console() {
  const words = useWords();
  const zone = useZone();
  const [location, navigate] = useLocation();
  const keyList = useRef<HTMLDialogElement>(null);
  const rail = useRef<HTMLElement>(null);
  useTab();
  // On a phone the pages are a line that is longer than the screen.
  useEffect(() => {
    rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [location]);
  useKeys([
    { keys: "?", what: words.keys.help, run: () => keyList.current?.showModal() },
    ...RAIL.map((page) => ({
      keys: `g ${page.key}`,
      what: words.keys.go(words.pages[page.name]),
      run: () => navigate(page.path),
    })),
  ]);
  return (
    <div className="console">
      <a className="skip" href="#page">{words.shell.skip}</a>
      <header className="top">
        <Link href="/" className="brand">moondial</Link>
        <Search />
        <ConnectionMark />
      </header>
      <nav ref={rail} className="rail" aria-label={words.shell.navigation}>
        <ul>
          {RAIL.map((page) => (
            <li key={page.path}>
              <Link
                href={page.path}
                {...(isAt(location, page.path) ? { "aria-current": "page" as const } : {})}
              >
                {words.pages[page.name]}
              </Link>
            </li>
          ))}
        </ul>
        <div className="rail-foot">
          <button type="button" className="small" onClick={() => keyList.current?.showModal()}>
            {words.shell.keys} <kbd>?</kbd>
          </button>
          <Settings />
          <p className="quiet">{words.shell.timesIn(zone)}</p>
        </div>
      </nav>
      <main id="page" tabIndex={-1}>
        <OfflineBanner />
        <Fence place={location}>
        <Suspense fallback={<p className="quiet loading" role="status">{words.common.loading}</p>}>
          <Switch>
            {ROUTES.map(({ path, page: Page }) => (
              <Route key={path} path={path}>
                <Page />
              </Route>
            ))}
            <Route>
              <p className="empty">{words.shell.notFound}</p>
            </Route>
          </Switch>
        </Suspense>
        </Fence>
      </main>
      <KeyList dialog={keyList} />
    </div>
  );
}

function isAt(location: string, path: string): boolean {
  return path === "/" ? location === "/" : location === path || location.startsWith(path + "/");
}

function ConnectionMark() {
  const words = useWords();
  const connection = useConnection();
  if (connection === "offline") return null;
  const text = connection === "live" ? words.connection.live : words.connection.connecting;
  return <span className={`connection connection-${connection}`} role="status">{text}</span>;
}

function OfflineBanner() {
  const words = useWords();
  const feed = useFeed();
  if (useConnection() !== "offline") return null;
  return (
    <div className="notice notice-bad banner" role="alert">
      <span>{words.connection.offline}</span>
      <button type="button" onClick={() => feed.retry()}>{words.connection.retry}</button>
    </div>
  );
}
