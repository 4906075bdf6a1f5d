-- What Neovim's own LSP client lacks for Hob: a key that takes suggestions and nothing else, answers beside the code, and the problems that
-- other servers reported.

local M = {}

--- What of a suggestion is still to come: of one that was asked for before the last keys were typed, the rest.
--- `nil`: it no longer fits what stands left of the cursor.
---@param item vim.lsp.inline_completion.Item
local function fitted(item)
  if type(item.insert_text) ~= 'string' or not item.range then
    return item
  end
  local start_row, start_col, end_row, end_col = item.range:to_extmark()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  if row ~= start_row or col < start_col then
    return nil
  end
  local typed = vim.api.nvim_get_current_line():sub(start_col + 1, col)
  if not vim.startswith(item.insert_text, typed) then
    return nil
  end
  if end_row == row and col > end_col then
    -- Its range ends where the cursor was then.
    item.insert_text = item.insert_text:sub(#typed + 1)
    item.range = nil
  end
  return item
end

--- Takes the suggestion at the cursor, if it still fits. Returns whether there is one; where it turns out not to fit, the key `otherwise`
--- is pressed in its place.
---@param otherwise? string
function M.accept(otherwise)
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local it = fitted(item)
      if not it and otherwise then
        vim.api.nvim_feedkeys(vim.keycode(otherwise), 'n', false)
      end
      return it
    end,
  })
end

--- For an `expr` mapping of <Tab> in insert mode: jumps on in a snippet, else takes the suggestion, else is a tab.
function M.tab()
  if vim.snippet.active({ direction = 1 }) then
    return '<Cmd>lua vim.snippet.jump(1)<CR>'
  end
  return M.accept('<Tab>') and '' or '<Tab>'
end

---@type table<string, integer> The buffers of answers, by their servers and ids: each server counts its own.
local answers = {}

--- Shows a buffer without taking the cursor: in the window of an earlier answer, if there is one.
local function show(buffer)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    local name = vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window))
    -- Not where the user is, reading an older one.
    if vim.startswith(name, 'hob://ask/') and window ~= vim.api.nvim_get_current_win() then
      return vim.api.nvim_win_set_buf(window, buffer)
    end
  end
  vim.api.nvim_open_win(buffer, false, { split = 'right' })
end

--- Shows an answer as it comes, in a window that never takes the cursor: one buffer for each answer.
function M.on_delta(err, delta, ctx, ...)
  if not vim.startswith(delta.id, 'ask/') then
    -- Of a chat that somebody else began.
    local handler = vim.lsp.handlers['hob/chat/delta']
    return handler and handler(err, delta, ctx, ...)
  end
  local id = ('%s/%d'):format(delta.id, ctx.client_id)
  local buffer = answers[id]
  if buffer and not vim.api.nvim_buf_is_valid(buffer) then
    -- The user closed it for good.
    return
  end
  if not buffer then
    if delta.text == '' then
      return
    end
    buffer = vim.api.nvim_create_buf(true, true)
    answers[id] = buffer
    vim.api.nvim_buf_set_name(buffer, 'hob://' .. id)
    vim.bo[buffer].filetype = 'markdown'
    show(buffer)
  end
  if delta.wereThoughts then
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, {})
  end
  local last = vim.api.nvim_buf_get_lines(buffer, -2, -1, false)[1] or ''
  vim.api.nvim_buf_set_text(buffer, -1, #last, -1, #last, vim.split(delta.text, '\n', { plain = true }))
end

--- A problem as the protocol has it, whoever found it; `encoding` is what columns count in.
local function diagnostic(buffer, encoding, it)
  local known = vim.tbl_get(it, 'user_data', 'lsp')
  local at = function(row, col)
    local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
    return { line = row, character = vim.str_utfindex(line, encoding, math.min(col, #line), false) }
  end
  return {
    range = { start = at(it.lnum, it.col), ['end'] = at(it.end_lnum or it.lnum, it.end_col or it.col) },
    severity = it.severity,
    message = it.message,
    source = it.source,
    code = it.code or (known and known.code),
  }
end

--- Code actions are asked for with the problems of all servers: by itself Neovim passes each server its own, and Hob has none.
function M.on_init(client)
  local request = client.request
  client.request = function(self, method, params, handler, buffer)
    local context = params and params.context
    -- Whoever names some means those.
    if method == 'textDocument/codeAction' and context and vim.tbl_isempty(context.diagnostics or {}) then
      local buf = vim._resolve_bufnr(buffer)
      local first, last = params.range.start.line, params.range['end'].line
      local all = vim.tbl_filter(function(it)
        return it.lnum <= last and (it.end_lnum or it.lnum) >= first
      end, vim.diagnostic.get(buf))
      context.diagnostics = vim.tbl_map(function(it)
        return diagnostic(buf, self.offset_encoding, it)
      end, all)
    end
    return request(self, method, params, handler, buffer)
  end
end

return M
