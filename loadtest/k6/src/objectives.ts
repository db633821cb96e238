/** What a run must show, both for readers and for k6. Pure. */
import type {ScenarioName} from './plan.ts';

export type Objective = {metric: string; condition: string; text: string};

const objective = (text: string, metric: string, condition: string): Objective => ({text, metric, condition});

const never = (metric: string, text: string) => objective(text, metric, 'count==0');

/** The promises. They hold on any machine, at any load, and during any fault. */
const safety = [
  never('messages_lost', 'No acknowledged message is lost'),
  never('messages_repeated', 'Nobody hears a message twice'),
  never('messages_misordered', 'Everybody hears one order, without a gap'),
  never('messages_altered', 'Every message comes as it was sent'),
  never('sends_refused', 'No send is refused for good'),
  never('sends_unanswered', 'Every send is acknowledged in the end'),
  objective('Something was sent', 'messages_acknowledged', 'count>0'),
];

/** A send is refused at 900 ms, so nobody waits longer. A second is what people perceive as "at once". */
const prompt = [
  objective('95 % of sends are acknowledged within 250 ms', 'send_to_acknowledged', 'p(95)<250'),
  objective('99 % of sends are acknowledged within 900 ms', 'send_to_acknowledged', 'p(99)<900'),
  objective('95 % of deliveries come within 300 ms of the send', 'send_to_delivered', 'p(95)<300'),
  objective('99 % of deliveries come within a second of the send', 'send_to_delivered', 'p(99)<1000'),
];
const connects = objective('99 % of connections are ready within 2 s', 'connect_to_ready', 'p(99)<2000');
const stays = never('connections_lost', 'No connection ends by itself');
const resumes = objective('99 % are back within 8 s of a loss', 'without_service', 'p(99)<8000');
const answers = [
  objective('95 % of requests are answered within 250 ms', 'http_req_duration', 'p(95)<250'),
  objective('99 % of requests are answered within a second', 'http_req_duration', 'p(99)<1000'),
];

const byScenario: Record<ScenarioName, Objective[]> = {
  'steady-chat': [...prompt, connects, stays],
  'hot-room': [...prompt, connects, stays],
  'reconnect-storm': [resumes],
  idle: [connects, stays],
  'http-api': answers,
  mixed: [...prompt, connects, stays],
};

/** `rooms` is the number of verdicts that must be given. */
export function objectivesOf(scenario: ScenarioName, rooms: number): Objective[] {
  const checked = objective('Every room was checked to the end', 'rooms_checked', `count==${rooms}`);
  return [...safety, checked, ...byScenario[scenario]];
}
