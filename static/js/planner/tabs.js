// Tabs as the ARIA practices have them: one stop for the Tab key, arrows between them, a panel each.
export function startTabs (list, panels, pick) {
  const tabs = [...list.querySelectorAll('[role=tab]')]
  for (const tab of tabs) {
    tab.addEventListener('click', () => pick(tab.dataset.tab))
    tab.addEventListener('keydown', (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      const ends = { Home: 0, End: tabs.length - 1 }[event.key]
      if (way === undefined && ends === undefined) return
      event.preventDefault()
      const next = tabs[ends ?? (tabs.indexOf(tab) + way + tabs.length) % tabs.length]
      pick(next.dataset.tab)
      next.focus()
    })
  }
  return (name) => {
    for (const tab of tabs) {
      const on = tab.dataset.tab === name
      tab.setAttribute('aria-selected', String(on))
      tab.tabIndex = on ? 0 : -1
      panels.get(tab.dataset.tab).hidden = !on
      if (on) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    }
  }
}
