/** The endpoints for balancers and orchestrators. They are never logged, and answer before any step that could fail. */
import {Router} from 'express';

/** `/livez`: the process serves at all. `/readyz`: 503 while it starts or drains, but not for shared outages. */
export function health(isReady: () => boolean): Router {
  const router = Router({strict: true});
  router.get('/livez', (_req, res) => void res.type('text').send('ok\n'));
  router.get('/readyz', (_req, res) => {
    if (isReady()) res.type('text').send('ok\n');
    else res.status(503).type('text').send('not ready\n');
  });
  return router;
}
