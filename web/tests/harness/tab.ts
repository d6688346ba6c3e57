/** What a tab of the tests is like. */
export const TAB = {
  viewport: { width: 1280, height: 720 },
  locale: "en-GB",
  timezoneId: "America/New_York", // not the projects': times must be in theirs
};
