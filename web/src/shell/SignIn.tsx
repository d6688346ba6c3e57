import { type FormEvent, useState } from "react";
import { useWords } from "../i18n/words";
import { useFeed } from "../live/context";
import { CommandLine } from "../ui/Copy";

/** For a browser that the daemon does not know (any more). */
export function SignIn() {
  const words = useWords();
  const feed = useFeed();
  const [token, setToken] = useState("");
  const [refused, setRefused] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      const response = await fetch("/login", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token.trim()}` },
        body: "{}",
      });
      if (response.ok) return feed.retry();
      setRefused(response.status === 401 ? words.signIn.refused : (await response.json()).detail);
    } catch {
      setRefused(words.connection.offline);
    }
  }
  return (
    <main className="sign-in">
      <h1>moondial</h1>
      <h2>{words.signIn.title}</h2>
      <p>{words.signIn.console}</p>
      <CommandLine text="moondial console" />
      <form onSubmit={submit}>
        <label htmlFor="token">{words.signIn.token}</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          aria-label={words.signIn.tokenLabel}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          required
        />
        <button className="primary">{words.signIn.submit}</button>
      </form>
      {refused && <div className="notice notice-bad" role="alert">{refused}</div>}
    </main>
  );
}
