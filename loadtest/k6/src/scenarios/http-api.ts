import {k6Options, roomsInK6} from '../k6-options.ts';
import {runHttp} from '../run-http.ts';
import {currentPlan, summaryOf} from '../run.ts';

const plan = currentPlan();

export const options = k6Options(plan, {rooms: roomsInK6(plan, plan)});
export const handleSummary = summaryOf(plan);

export default () => runHttp(plan, {...plan, name: plan.scenario});
