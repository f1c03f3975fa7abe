import { render } from 'preact';
import { App } from './App.tsx';
import { arrive, watchAccount } from './account.ts';
import { watchOtherTabs } from './cartStore.ts';
import { watchNavigation } from './navigation.ts';
import { startRecording } from './recording.ts';
import { knownConfig } from './shopApi.ts';
import { takeSignInAnswer } from './signInAnswer.ts';

// first of all, so that nothing else ever sees what it takes out of the address
const answer = takeSignInAnswer();
watchNavigation();
watchOtherTabs();
watchAccount();
render(<App />, document.getElementById('shop') as HTMLElement);
void startRecording(knownConfig);
if (answer) void arrive(answer);
