;; The configuration of a user of lsp-mode who has told it of Hob, and of nothing else.
(setq native-comp-enable-subr-trampolines nil
      native-comp-jit-compilation nil
      inhibit-startup-screen t
      make-backup-files nil
      auto-save-default nil
      create-lockfiles nil
      use-short-answers t)
(menu-bar-mode -1)
(require 'lsp-mode)
(require 'lsp-inline-completion)
(setq lsp-enabled-clients '(hob)
      lsp-auto-guess-root t
      lsp-enable-file-watchers nil
      lsp-enable-snippet nil
      lsp-headerline-breadcrumb-enable nil
      lsp-modeline-code-actions-enable nil
      lsp-completion-enable nil
      lsp-warn-no-matched-clients nil
      ;; What a package manager would have loaded by itself.
      lsp-lens-enable nil
      lsp-modeline-diagnostics-enable nil
      lsp-modeline-workspace-status-enable nil
      lsp-diagnostics-provider :none
      lsp-enable-folding nil
      lsp-enable-symbol-highlighting nil
      lsp-idle-delay 0.1
      lsp-inline-completion-idle-delay 0.1)
(add-to-list 'lsp-language-id-configuration '("\\.rs\\'" . "rust"))
(lsp-register-client
 (make-lsp-client :new-connection (lsp-stdio-connection '("hob" "lsp"))
                  :activation-fn (lambda (&rest _) t)
                  :server-id 'hob))
;; A terminal has no C-<return>.
(lsp-inline-completion--define-key
 lsp-inline-completion-active-map (kbd "C-o") #'lsp-inline-completion-accept 'keep)
;; For the tests: what is shown at the bottom says how many warnings there are.
(defun hob-count ()
  (interactive)
  (let ((buffers (seq-filter (lambda (it) (string-match-p "[Ww]arning" (buffer-name it))) (buffer-list))))
    (message "clients: %d warnings: %d windows: %d"
             (seq-count (lambda (it) (eq 'initialized (lsp--workspace-status it))) (lsp-workspaces))
             (length buffers) (length (window-list)))))
(global-set-key (kbd "<f5>") #'hob-count)
;; Asking by hand: lsp-mode asks by itself only where its own idle timers let it.
(global-set-key (kbd "<f7>") #'lsp-inline-completion-display)
(add-hook 'find-file-hook #'lsp)
