-- Hob for Neovim's own LSP client (0.12 or newer): with this folder on 'runtimepath', `vim.lsp.enable('hob')` is all.

---@type vim.lsp.Config
return {
  cmd = { 'hob', 'lsp' },
  -- No `filetypes`: Hob completes in any language.
  root_markers = { '.hob.toml', '.git' },
  -- The same tree as in Hob's configuration file, which is the better place for what other editors share.
  settings = { hob = vim.empty_dict() },
}
