-- Runs a second Neovim as a user would see it, and does what it is told, one JSON object per line:
--   { keys = '…' } types; { lua = '…' } evaluates; { wait = '…' } evaluates until the result is true or `ms` are over.
-- Each is answered by one line: { ok = result } or { error = message }.
-- Why a second one: a Neovim that runs a script never gets to insert mode.

local child = vim.fn.jobstart(
  { vim.env.HOB_NEOVIM, '--embed', '--headless', '-n', '-i', 'NONE', '-u', vim.env.HOB_NEOVIM_INIT },
  { rpc = true }
)
assert(child > 0, 'Neovim can not be started')

local function lua(code)
  return vim.rpcrequest(child, 'nvim_exec_lua', code, {})
end

local function obey(order)
  if order.keys then
    return vim.rpcrequest(child, 'nvim_input', order.keys)
  elseif order.lua then
    return lua(order.lua)
  end
  local result
  vim.wait(order.ms, function()
    result = lua(order.wait)
    return result ~= vim.NIL and result ~= false
  end, 10)
  return result
end

for line in io.lines() do
  local ok, result = pcall(function()
    return obey(vim.json.decode(line))
  end)
  local answer = ok and { ok = result == nil and vim.NIL or result } or { error = tostring(result) }
  io.stdout:write(vim.json.encode(answer), '\n')
  io.stdout:flush()
end
vim.fn.jobstop(child)
