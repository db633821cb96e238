import {expect} from 'vitest';
import type {Browser, BrowserContext, BrowserContextOptions, Page} from 'playwright-core';

/** A person with a browser profile: one page to begin with, more tabs when they like. */
export class Person {
  readonly page: Page;
  readonly url: string;
  readonly #context: BrowserContext;
  readonly #troubles: string[] = [];

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.page = page;
    this.url = url;
  }

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions): Promise<Person> {
    const context = await browser.newContext({
      baseURL: url,
      locale: 'en-US',
      reducedMotion: 'reduce',
      viewport: {width: 1280, height: 800},
      ...options,
    });
    context.setDefaultTimeout(15_000);
    return new Person(context, await context.newPage(), url);
  }

  async leave(): Promise<void> {
    await this.#context.close();
    expect(this.#troubles).toEqual([]);
  }
}
