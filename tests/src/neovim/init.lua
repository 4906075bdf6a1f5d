-- The configuration of a user who has just read the README; only the client's folder comes from the environment.
vim.opt.runtimepath:prepend(vim.env.HOB_NEOVIM_CLIENT)

vim.lsp.enable('hob')
vim.lsp.inline_completion.enable()
vim.keymap.set('i', '<Tab>', function()
  return require('hob').tab()
end, { expr = true })
