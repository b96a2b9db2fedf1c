/** The other half of systems-run.test.ts. */
import { describeSystems } from '../support/describe-systems.ts';

describeSystems(1);
