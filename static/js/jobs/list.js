// The analyses of whoever holds the token: how far each is, and which one is looked at.
import { button, el, note, refill } from '../planner/dom.js'

const WORDS = { accepted: 'waiting', running: 'running', successful: 'done', failed: 'failed', dismissed: 'dismissed' }
export const active = (job) => job.status === 'accepted' || job.status === 'running'
export const statusWords = (job) => WORDS[job.status] ?? job.status

const when = (text) => new Date(text).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

export function took (job) {
  if (!job.started) return ''
  const seconds = Math.max(0, (Date.parse(job.finished ?? job.updated) - Date.parse(job.started)) / 1000)
  return seconds < 90 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : `${Math.round(seconds / 60)} min`
}

export function about (job) {
  const { force, area, offence, first_month: first, last_month: last } = job.inputs ?? {}
  const where = !area ? force : area.startsWith('drawn:') ? 'a drawn area' : area
  const months = first || last ? `${first ?? '…'} to ${last ?? '…'}` : null
  return [where, offence, months].filter(Boolean).join(', ')
}

function bar (job, title) {
  const made = el('progress', { class: 'jb-progress', max: 100, 'aria-label': `Progress of ${title}` })
  made.value = job.progress
  return made
}

export function drawList (box, jobs, { titles, chosen, show, dismiss, more }) {
  if (jobs.length === 0) {
    refill(box, note('None yet. What you run stands here, the newest first.'))
    return
  }
  refill(box, el('ul', { class: 'jb-list' }, jobs.map((job) => {
    const title = titles.get(job.processID) ?? job.processID
    const look = job.jobID === chosen
    return el('li', { class: `jb-job jb-job--${job.status}${look ? ' jb-job--chosen' : ''}` },
      el('div', { class: 'jb-job__head' },
        el('button', { type: 'button', class: 'jb-job__name', 'aria-expanded': look ? 'true' : 'false', 'aria-controls': 'shown-title', data: { key: `show-${job.jobID}` }, on: { click: () => show(job.jobID) } }, title),
        el('span', { class: `govuk-tag jb-tag jb-tag--${job.status}` }, statusWords(job))),
      el('p', { class: 'jb-job__about' }, [about(job), when(job.created)].filter(Boolean).join(' · ')),
      active(job) && el('p', { class: 'jb-job__now' }, bar(job, title), ' ', `${job.progress} %, ${job.message.charAt(0).toLowerCase()}${job.message.slice(1)}`),
      active(job) && button('Stop it', () => dismiss(job.jobID), { kind: 'plain', 'aria-label': `Stop ${title}, ${about(job)}`, data: { key: `stop-${job.jobID}` } }))
  })), more && button('Show earlier ones', more, { kind: 'plain', data: { key: 'more' } }))
}
