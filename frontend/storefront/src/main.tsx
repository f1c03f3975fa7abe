import { render } from 'preact';
import { App } from './App.tsx';
import { watchOtherTabs } from './cartStore.ts';
import { watchNavigation } from './navigation.ts';
import { startRecording } from './recording.ts';
import { knownAddress } from './shopApi.ts';

watchNavigation();
watchOtherTabs();
render(<App />, document.getElementById('shop') as HTMLElement);
void startRecording(knownAddress);
