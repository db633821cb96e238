import {startCluster, type ClusterOptions, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {chromium, type Browser, type BrowserContextOptions} from 'playwright-core';
import {inject} from 'vitest';
import {Person} from './person.ts';

export type StageOptions = Partial<ClusterOptions>;

/** Three gateways, a worker and a browser, with as many people as a test needs. */
export class Stage {
  readonly cluster: ProcessCluster;
  readonly #browser: Browser;
  readonly #people: Person[] = [];

  private constructor(cluster: ProcessCluster, browser: Browser) {
    this.cluster = cluster;
    this.#browser = browser;
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const [cluster, browser] = await Promise.all([
      startCluster({gateways: 3, worker: true, ...options}),
      chromium.connect(inject('browserUrl')),
    ]);
    return new Stage(cluster, browser);
  }

  /** A person with a separate browser profile. Each new person uses the next node. */
  async enter({at, ...context}: BrowserContextOptions & {at?: string} = {}): Promise<Person> {
    const url = at ?? this.nodeUrl(this.#people.length);
    const person = await Person.arrive(this.#browser, url, context);
    this.#people.push(person);
    return person;
  }

  nodeUrl(index: number): string {
    const {gateways} = this.cluster;
    const gateway = gateways[index % gateways.length];
    if (!gateway) throw new Error('a stage has at least one gateway');
    return gateway.url;
  }

  /** Returns the number of sockets that a node counts. */
  async connectionsAt(node: number): Promise<number> {
    const text = await (await fetch(this.cluster.gateways[node]!.metricsUrl)).text();
    return Number(/^madang_connections(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
  }

  /** Closes everybody's browser. Throws if there were errors in their pages. */
  async clear(): Promise<void> {
    const people = this.#people.splice(0);
    await Promise.all(people.map((person) => person.leave()));
    const troubles = people.flatMap((person) => person.troubles);
    if (troubles.length > 0) throw new Error(`the pages had errors:\n${troubles.join('\n')}`);
  }

  async close(): Promise<void> {
    await this.clear();
    await this.#browser.close();
    await this.cluster.stop();
  }
}
