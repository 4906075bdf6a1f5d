-- Hob for Neovim's own LSP client (0.12 or newer): with this folder on 'runtimepath', `vim.lsp.enable('hob')` is all.

---@type vim.lsp.Config
return {
  cmd = { 'hob', 'lsp' },
  -- No `filetypes`: Hob completes in any language, but only where somebody writes: not in lists of folders, help,
  -- terminals, and what plugins show under names of their own (`oil://`, `fugitive://`).
  root_dir = function(buffer, attach)
    local name = vim.api.nvim_buf_get_name(buffer)
    if vim.bo[buffer].buftype ~= '' or name:match('^%a[%w+.-]+:') and not name:match('^%a:[\\/]') then
      return
    end
    if vim.fn.isdirectory(name) == 1 or vim.bo[buffer].filetype == 'netrw' then
      return
    end
    -- A file without a project is completed from itself and the open ones like it: nothing around it is read.
    attach(vim.fs.root(buffer, { '.hob.toml', '.git', '.jj', '.hg', '.svn' }))
  end,
  -- Answers are shown beside the code, as they come.
  capabilities = { experimental = { hob = { chat = true } } },
  handlers = {
    ['hob/chat/delta'] = function(...)
      require('hob').on_delta(...)
    end,
  },
  on_init = function(client)
    require('hob').on_init(client)
  end,
  -- The same tree as in Hob's configuration file, which is the better place for what other editors share.
  settings = { hob = vim.empty_dict() },
}
