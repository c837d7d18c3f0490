import * as pods from './account-pods.ts';
import * as sharing from './account-sharing.ts';
import * as s from './pod-schemas.ts';
import { none, ours } from './route.ts';
import type { Route } from './route.ts';
import { nothing } from './schemas.ts';

/** What the account API does about pods, beyond what Community Solid Server does. */
export const podRoutes: readonly Route[] = [
  ours('PUT',    'pod/:pod/label/',   s.podLabel,    nothing,           pods.setLabel,
    'Sets what you call the pod; its address stays.'),
  ours('DELETE', 'pod/:pod/',         s.podDeletion, nothing,           pods.removePod,
    'Deletes the pod with all that is in it, for ever.'),
  ours('GET',    'sharing/',          none,          s.sharingOfPods,   sharing.listSharing,
    'Tells where the sharing of each pod is listed.'),
  ours('GET',    'pod/:pod/sharing/', none,          s.sharing,         sharing.showSharing,
    'Lists what is shared with others than the owners of the pod, `?after=` some resource.'),
  ours('POST',   'pod/:pod/sharing/', s.takenBack,   s.takeBackOutcome, sharing.takeBack,
    'Takes back what somebody may do with a resource, or in all of the pod.'),
];
