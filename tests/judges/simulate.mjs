// Answers IAM questions: reads a JSON list of them, writes a JSON list of answers in the same order.
// The first argument is the folder whose node_modules holds the simulator.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const { runSimulation } = createRequire(`${process.argv[2]}/`)('@cloud-copilot/iam-simulate')

async function answer (question) {
  const found = await runSimulation(question, {})
  if (found.resultType !== 'single') return { error: JSON.stringify(found) }
  return { decision: found.overallResult, ignoredKeys: found.result.ignoredContextKeys ?? [] }
}

const questions = JSON.parse(await text(process.stdin))
console.log(JSON.stringify(await Promise.all(questions.map(answer))))
