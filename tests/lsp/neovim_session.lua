-- A session of Neovim with the real server: launch, two snapshots, then everything an editor shows.
local folder, result = os.getenv("FOLDER"), {}

local function until_(found, what)
  local value
  assert(vim.wait(60000, function() value = found() return value and true or false end, 20), what)
  return value
end

local function work(count)
  local orders = assert(io.open(folder .. "/orders", "w"))
  orders:write(count)
  orders:close()
  local answers = assert(io.open(folder .. "/answers", "r"))
  local said = answers:read("*a")
  answers:close() -- while it is open the program need not wait for who reads its next answer
  assert(said == "done")
end

vim.cmd.edit(folder .. "/leaky.py")
vim.bo.filetype = "python"
local buffer = vim.api.nvim_get_current_buf()
local id = assert(vim.lsp.start({
  name = "whyalive",
  cmd = { os.getenv("WHYALIVE"), "lsp" },
  root_dir = folder,
}, { bufnr = buffer }))
local client = until_(function()
  local one = vim.lsp.get_client_by_id(id)
  return one and one.initialized and one
end, "the server")

local function ask(method, params)
  local reply = assert(client.request_sync(method, params, 60000, buffer))
  assert(not reply.err, vim.inspect(reply.err))
  return reply.result
end

local launched = ask("whyalive/launch", {
  command = { folder .. "/leaky.py", folder .. "/orders", folder .. "/answers" },
  python = os.getenv("PYTHON"),
})
work(0)
result.first = ask("whyalive/snapshot", vim.empty_dict()).snapshot
work(600)
vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
result.second = ask("whyalive/snapshot", vim.empty_dict()).snapshot

local function hints()
  local all = {}
  for _, one in ipairs(vim.lsp.inlay_hint.get({ bufnr = buffer })) do
    local hint = one.inlay_hint
    local label = hint.label
    if type(label) == "table" then label = label[1].value end
    table.insert(all, { line = hint.position.line, character = hint.position.character, label = label })
  end
  return all
end
until_(function()
  for _, one in ipairs(hints()) do
    if one.label:find("keeps 3,600") then return true end
  end
end, "the hints")
result.encoding = client.offset_encoding
result.hints = hints()
until_(function() return #vim.diagnostic.get(buffer) > 0 end, "the diagnostics")
result.diagnostics = {}
for _, one in ipairs(vim.diagnostic.get(buffer)) do
  table.insert(result.diagnostics, { line = one.lnum, column = one.col, message = one.message, code = one.code })
end

-- Jump to the leak: the server asks to show the document, the editor moves its cursor.
vim.api.nvim_win_set_cursor(0, { 1, 0 })
ask("workspace/executeCommand", { command = "whyalive.jumpToLeak", arguments = {} })
result.cursor = until_(function()
  local at = vim.api.nvim_win_get_cursor(0)
  return at[1] > 1 and { line = at[1] - 1, column = at[2] }
end, "the jump")

-- Lenses, hover and code actions at that place.
local document = { uri = vim.uri_from_bufnr(buffer) }
result.lenses = #ask("textDocument/codeLens", { textDocument = document })
result.hover = ask("textDocument/hover", vim.lsp.util.make_position_params(0, client.offset_encoding)).contents.value
local range = vim.lsp.util.make_range_params(0, client.offset_encoding)
range.context = { diagnostics = {} }
result.actions = {}
for _, one in ipairs(ask("textDocument/codeAction", range)) do
  table.insert(result.actions, one.title)
end

-- Edit above the code: hints follow.
vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { "# né 𝒳", "# two lines more" })
result.moved = until_(function()
  for _, one in ipairs(hints()) do
    if one.label:find("keeps") and one.line == result.cursor.line + 2 then return one.line end
  end
end, "the moved hint")

-- A broken buffer, then the statement gone: its hint goes too.
vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { "def broken(:" })
until_(function()
  for _, one in ipairs(hints()) do
    if one.label:find("keeps") and one.line == result.cursor.line + 3 then return true end
  end
end, "the hint in a broken buffer")
vim.api.nvim_buf_set_lines(buffer, result.cursor.line + 3, result.cursor.line + 4, false, {})
until_(function()
  for _, one in ipairs(hints()) do
    if one.label:find("keeps") then return false end
  end
  return true
end, "the hint of a deleted statement to go")

client.stop()
until_(function() return client.is_stopped() end, "the end")
result.stopped = true
io.stdout:write("RESULT " .. vim.json.encode(result) .. "\n")
