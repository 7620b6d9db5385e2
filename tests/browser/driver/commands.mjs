// What a test can ask for. Every command names its tab; elements are found by their data-testid.
import { readOverflow, readPeaks, readTiles } from "./probes.mjs";

/** Longest wait for an element or an action, milliseconds. */
const PATIENCE = 30_000;

/**
 * @typedef {{ browser: import("playwright-core").Browser, tabs: Map<string, import("./browser.mjs").Tab>, tab: string } & Record<string, any>} Call
 */

/** @param {Call} call */
function pageOf({ tabs, tab }) {
  const found = tabs.get(tab);
  if (found === undefined) throw new Error(`there is no tab ${tab}`);
  return found.page;
}

/** @type {Record<string, (call: Call) => Promise<unknown>>} */
export const COMMANDS = {
  /** A tab of its own profile: nothing is shared with other tabs, as if on another machine. */
  async open({ browser, tabs, tab, url, width, height, colorScheme, touch }) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme,
      hasTouch: touch,
      isMobile: touch,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    tabs.set(tab, { page, errors });
    await page.goto(url);
  },

  async close({ tabs, ...call }) {
    await pageOf({ tabs, ...call }).context().close();
    tabs.delete(call.tab);
  },

  fill: (call) => pageOf(call).getByTestId(call.testid).fill(call.text),
  click: (call) => pageOf(call).getByTestId(call.testid).click(),
  select: (call) => pageOf(call).getByTestId(call.testid).selectOption({ index: call.index }),
  press: (call) => pageOf(call).keyboard.press(call.key),
  write: (call) => pageOf(call).keyboard.type(call.text),
  back: (call) => pageOf(call).goBack(),
  wait: (call) => pageOf(call).getByTestId(call.testid).first().waitFor({ state: call.state }),

  /** Text, attributes and, for fields, value of every element with that test id. */
  elements: (call) =>
    pageOf(call)
      .getByTestId(call.testid)
      .evaluateAll((found) =>
        found.map((element) => ({
          text: element.textContent ?? "",
          value: "value" in element ? String(element.value) : null,
          attributes: Object.fromEntries(element.getAttributeNames().map((name) => [name, element.getAttribute(name)])),
        })),
      ),

  /** The element that has the keyboard: how a test reads it, and how a person hears it. */
  focused: (call) =>
    pageOf(call).evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return { testid: null, label: "", outlined: false };
      return {
        testid: element.getAttribute("data-testid"),
        label: element.getAttribute("aria-label") ?? element.textContent ?? "",
        outlined: getComputedStyle(element).outlineStyle !== "none",
      };
    }),

  tiles: (call) => pageOf(call).evaluate(readTiles),
  peaks: (call) => pageOf(call).evaluate(readPeaks),
  overflow: (call) => pageOf(call).evaluate(readOverflow),
  async clipboard(call) {
    const page = pageOf(call);
    await page.context().grantPermissions(["clipboard-read"]);
    return page.evaluate(() => navigator.clipboard.readText());
  },

  /** Calls a function that the page itself has, with plain values. */
  call: (call) =>
    pageOf(call).evaluate(([name, values]) => /** @type {any} */ (window)[name](...values), [call.name, call.values]),

  address: async (call) => pageOf(call).url(),
  errors: async ({ tabs, tab }) => tabs.get(tab)?.errors ?? [],
  screenshot: (call) => pageOf(call).screenshot({ path: call.path }),
};
