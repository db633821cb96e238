import type {Browser, BrowserContext, BrowserContextOptions, Page, WebSocket} from 'playwright-core';

// Lines that the browser itself logs: answers with a status above 399, connections that end, and headers that take effect
// on secure origins only.
const EXPECTED =
  /^Failed to load resource|^WebSocket connection to .* failed|^The Cross-Origin-Opener-Policy header/;
const ACTION_MS = 15_000;

/** A tab of somebody's browser, with what happens in it that the person does not see. */
export class Person {
  readonly page: Page;
  /** The node to which they came. */
  readonly url: string;
  /** All WebSockets that this tab has opened. */
  readonly sockets: WebSocket[] = [];
  /** The node that the tab is connected to, as the node itself says when a session starts. */
  node: string | undefined;
  /** Errors of the page, of React and of the content security policy. */
  readonly troubles: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.page = page;
    this.url = url;
    page.on('websocket', (socket) => {
      this.sockets.push(socket);
      socket.on('framereceived', ({payload}) => {
        this.node = /"node":"([\w-]+)"/.exec(String(payload))?.[1] ?? this.node;
      });
    });
    page.on('pageerror', (error) => this.troubles.push(String(error.stack)));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !EXPECTED.test(text)) this.troubles.push(text);
    });
  }

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions): Promise<Person> {
    const context = await browser.newContext({
      locale: 'en-US',
      reducedMotion: 'reduce',
      viewport: {width: 1280, height: 800},
      ...options,
    });
    context.setDefaultTimeout(ACTION_MS);
    return new Person(context, await context.newPage(), url);
  }

  /** One more tab of the same browser. It may go to another node, because cookies do not distinguish ports. */
  async newTab(url = this.url): Promise<Person> {
    return new Person(this.#context, await this.#context.newPage(), url);
  }

  /** Types an address and presses Enter. Returns the status of the page. */
  async goTo(path: string): Promise<number | undefined> {
    const answer = await this.page.goto(`${this.url}${path}`);
    return answer?.status();
  }

  /** Closes the browser with all its tabs. */
  async leave(): Promise<void> {
    await this.#context.close();
  }
}
