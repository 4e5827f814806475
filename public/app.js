for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const source = document.querySelector(button.getAttribute('data-copy') ?? '')
    const text = source instanceof HTMLTextAreaElement ? source.value : (source?.textContent ?? '')
    await navigator.clipboard.writeText(text)
    const status = button.parentElement?.querySelector('[role=status]')
    if (status) status.textContent = 'Copied.'
  })
}
