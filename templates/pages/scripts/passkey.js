/** Fetches what the browser needs to ask for a passkey, or to make one: `data-options` of the form says from where. */
export async function questionOf(form) {
  const response = await fetch(form.dataset.options, {
    method: 'POST', headers: { 'Accept': 'application/json', 'Content-Type': 'application/json' }, body: '{}',
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer.options;
}

/** What went wrong, for people. Of most reasons browsers say nothing, so that pages do not learn who is there. */
export function wordsFor(error) {
  switch (error.name) {
    case 'NotAllowedError': return 'No passkey was chosen, or it took too long.';
    case 'InvalidStateError': return 'This device has a passkey for this account already.';
    case 'SecurityError': return 'The browser allows no passkeys at this address.';
    default: return `It did not work: ${error.message}`;
  }
}
