/** What all scenarios share: the plan from the command line, and the summary at the end. */
import {planVariable, roomsOf, type Plan} from './plan.ts';
import {asHtml, asText, summarize, type K6Summary} from './summary.ts';

/** The variables in which `npm run load` passes the path of the summary and the name of this machine. */
export const outVariable = 'LOAD_OUT';
export const aboutVariable = 'LOAD_ABOUT';

export function currentPlan(): Plan {
  const text = __ENV[planVariable];
  if (!text) throw new Error('start it with: npm run load -- <scenario> --url … --key …');
  return JSON.parse(text) as Plan;
}

export function summaryOf(plan: Plan, rooms = roomsOf(plan)) {
  return (data: K6Summary) => {
    const about = __ENV[aboutVariable] ?? '';
    const summary = summarize(data, {rooms, plan, about, at: new Date()});
    const out = __ENV[outVariable];
    const json = `${JSON.stringify(summary, null, 2)}\n`;
    return {
      stdout: `\n${asText(summary)}`,
      ...(out ? {[`${out}.json`]: json, [`${out}.html`]: asHtml(summary)} : {}),
    };
  };
}
