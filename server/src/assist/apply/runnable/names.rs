//! The names of files that run by themselves, as data.
//!
//! In lower case, separated by blanks. `*` stands for any letters of a name; names joined by `/` must stand together
//! anywhere in a path; `/**` is everything below a folder. Lists of dependencies and lock files are not here: they choose
//! what is installed and run nothing themselves.

use super::Runs;

/// Where systems tell scripts by the end of a name, as others do by `#!`.
pub(super) const SCRIPTS: &str = "*.bat *.cmd *.ps1 *.vbs *.wsf *.hta";

/// Names, and what runs the files that have them. The first that fits counts.
pub(super) const NAMES: &[(Runs, &str)] = &[
    (
        Runs::Agent,
        "
        agents.md agents.*.md agent.md claude.md claude.*.md gemini.md qwen.md warp.md crush.md copilot.md replit.md
        skill.md .rules .rules/** .agents/** .agent/** .ai/** *.instructions.md *.prompt.md *.chatmode.md *.agent.md
        .cursorrules .cursor/** .windsurfrules .windsurf/** .codeium/** .clinerules* .clinerules/** .cline/** .roo/**
        .roorules* .roomodes .kilocode/** .kilocodemodes .kiro/** .continue/** .continuerules .continuerc* .aider*
        .github/copilot* .github/instructions/** .github/prompts/** .github/chatmodes/** .github/agents/**
        .github/skills/** .copilot/** .mcp.json mcp.json mcp_config.json mcp-config.json .mcp/** .claude .claude/**
        .claude.json .claude-plugin/** .gemini/** .codex/** .opencode/** opencode.json* .goosehints .goose/**
        .junie/** .amazonq/** .augment/** .augment-guidelines .trae/** .qwen/** .qoder/** .crush.json crush.json
        .crush/** .tabnine/** .sourcegraph/** .cody/** .openhands/** .openhands_instructions .devin/** .factory/**
        .warp/** .idx/** .bolt/** .hob.toml .hob/**
        ",
    ),
    (
        Runs::Ci,
        "
        .github/workflows/** .github/actions/** action.yml action.yaml .gitlab-ci*.y*ml *.gitlab-ci.y*ml .gitlab/**
        .circleci/** .buildkite/** azure-pipelines*.y*ml .azure-pipelines/** .azuredevops/** jenkinsfile*
        *.jenkinsfile .jenkins/** .travis.y*ml appveyor.y*ml .appveyor.y*ml bitbucket-pipelines.y*ml .drone.*
        .woodpecker* .woodpecker/** .forgejo/** .gitea/** cloudbuild.y*ml cloudbuild.json codemagic.y*ml
        buildspec*.y*ml appspec.y*ml .semaphore/** .teamcity/** .cirrus.* wercker.y*ml codefresh.y*ml .harness/**
        .tekton/** .builds/** .build.y*ml .concourse/** .ci/** .goreleaser.y*ml goreleaser.y*ml netlify.toml
        vercel.json heroku.yml render.yaml fly.toml wrangler.toml wrangler.json* amplify.yml serverless.y*ml
        bitrise.yml renovate.json* .renovaterc* .github/dependabot.y*ml buddy.yml earthfile dagger.json
        .readthedocs.y*ml .releaserc* .trunk/** firebase.json cdk.json pulumi*.y*ml terragrunt.hcl azure.yaml
        ansible.cfg samconfig.toml
        ",
    ),
    (
        Runs::Hook,
        "
        .husky/** .huskyrc* .githooks/** .git-hooks/** githooks/** git-hooks/** .hooks/** .pre-commit-config.y*ml
        .pre-commit-hooks.y*ml prek.toml lefthook* .lefthook* .lefthook/** .overcommit.yml .lintstagedrc*
        .simple-git-hooks* simple-git-hooks* hooks/pre-* hooks/post-* hooks/commit-msg hooks/prepare-commit-msg
        hooks/update hooks/applypatch-msg hooks/fsmonitor-watchman hooks/reference-transaction .gitattributes
        .gitmodules .gitconfig gitconfig .lfsconfig .config/git/** .hg/** .hgrc .hgsub .svn/** .jj/** .bzr/**
        .pijul/**
        ",
    ),
    (
        Runs::Editor,
        "
        .vscode/** .vscode-server/** .idea/** .run/** *.run.xml *.iml *.ipr *.iws .fleet/** .zed/** .nova/** .vs/**
        .theia/** .lapce/** .helix/** .settings/** .project .classpath .factorypath .externaltoolbuilders/**
        *.code-workspace *.sublime-* .nvim.lua .nvimrc .nvim/** .exrc _exrc .vimrc _vimrc .gvimrc .lvimrc
        .local.vimrc .vimrc.local .vim/** .lazy.lua .neoconf.json .nlsp-settings/** .vimspector.json
        coc-settings.json .projections.json .ycm_extra_conf.py .dir-locals*.el .emacs .emacs.d/** .kakrc .kak/**
        .kateproject* .luarc.json* .clangd rust-analyzer.toml .rust-analyzer.toml rust-project.json .solargraph.yml
        *.vs.json .kdev4/** nbproject/** ipython_config.py jupyter_*config.py
        ",
    ),
    (
        Runs::Container,
        "
        dockerfile dockerfile.* dockerfile-* *.dockerfile containerfile containerfile.* *.containerfile
        docker-compose*.y*ml compose*.y*ml *.compose.y*ml podman-compose*.y*ml docker-bake* docker-entrypoint*
        .devcontainer/** .devcontainer*.json devcontainer*.json .gitpod* .gitpod/** vagrantfile procfile* tiltfile
        skaffold.y*ml devfile.y*ml .devfile.y*ml .replit replit.nix *.pkr.hcl cloud-init* *.container okteto.y*ml
        .okteto/** devspace.y*ml garden.y*ml
        ",
    ),
    (
        Runs::Shell,
        "
        .envrc .envrc.* .direnvrc direnvrc direnv.toml .direnv/** .bashrc* .bash_* bash.bashrc .profile .profile.*
        .zshrc* .zshenv .zprofile .zlogin .zlogout .zsh/** .zfunc/** .zpreztorc .kshrc .mkshrc .cshrc .tcshrc .login
        .logout .inputrc config.fish fish/conf.d/** fish/functions/** .xinitrc .xsession* .xprofile .autoenv*
        .autoenv/** mise.toml mise.*.toml .mise.toml .mise.*.toml .mise/** mise/config*.toml mise/tasks/** .rtx.toml
        .tool-versions .asdfrc devbox.json devenv.nix devenv.y*ml *profile.ps1 .pythonrc* .pystartup .pdbrc* .pryrc
        .irbrc .iex.exs .ghci .ocamlinit .rprofile .renviron rprofile.site .gdbinit* .gdbinit.d/** .lldbinit*
        *-gdb.py *-gdb.gdb .psqlrc .sqliterc .tmux.conf .tmux/** .tmuxinator* .screenrc .wgetrc .curlrc .lessfilter
        sitecustomize.py usercustomize.py *.pth *.desktop *.service *.timer *.socket crontab crontab.* *.crontab
        cron.d/** autorun.inf desktop.ini *.lnk *.scf *.reg *.command launchagents/** launchdaemons/** autostart/**
        profile.d/** sudoers sudoers.d/** udev/rules.d/** .ssh/** .netrc .startup.jl startup.jl .sbclrc .guile
        .octaverc startup.m .wezterm.lua .hammerspoon/** .config/** .jupyter/** .ipython/** .byebugrc .rdbgrc .gemrc
        .prototools .proto/** .flox/** .devenv/** .pkgx.y*ml pkgx.y*ml .lintr renv/**
        ",
    ),
    // Make and its kin.
    (
        Runs::Build,
        "
        makefile makefile.* *.makefile gnumakefile bsdmakefile *.mk *.mak *.make kbuild justfile .justfile *.just
        taskfile*.y*ml rakefile* *.rake cmakelists.txt *.cmake *.cmake.in cmakepresets.json cmakeuserpresets.json
        meson.build meson_options.txt meson.options *.ninja configure configure.* *.m4 sconstruct sconscript wscript
        waf xmake.lua premake*.lua tupfile* jamfile* jamroot* *.gn *.gni .gn *.gyp *.gypi build build.bazel
        workspace workspace.bazel workspace.bzlmod module.bazel repo.bazel *.bzl *.bazel .bazelrc *.bazelrc
        .bazeliskrc buck *.buck .buckconfig* pants*.toml .plzconfig* *.plz build.sh build.bat build.cmd build.ps1
        build.py build.js build.mjs build.ts conanfile.* vcpkg.json apkbuild pkgbuild *.ebuild *.spec snapcraft.yaml
        debian/** *.nix guix.scm manifest.scm spack.yaml latexmkrc .latexmkrc book.toml mkdocs.y*ml
        .moon/** moon.y*ml *.bp *.pro *.pri *.qbs project.godot *.build.cs *.target.cs *.uproject *.uplugin
        ",
    ),
    // Languages that are compiled.
    (
        Runs::Build,
        "
        build.rs cargo.toml .cargo/** rust-toolchain rust-toolchain.toml cross.toml trunk.toml tauri.conf.json*
        dioxus.toml bacon.toml nextest.toml .swiftpm/** .credo.exs
        xtask/** go.mod go.work magefile.go magefiles/** build.zig build.zig.zon package.swift package@swift-*.swift
        podfile *.podspec cartfile fastfile fastlane/** dangerfile* brewfile mintfile project.swift tuist/**
        *.pbxproj *.xcconfig *.xcscheme *.xcworkspacedata dub.json dub.sdl *.nimble *.nims nim.cfg *.nim.cfg v.mod
        shard.yml alire.toml *.gpr fpm.toml *.cabal cabal.project* stack.yaml package.yaml setup.hs setup.lhs
        hie.yaml dune dune-project dune-workspace *.opam opam esy.json spago.* mix.exs .formatter.exs rebar.config*
        erlang.mk pubspec.yaml build.yaml
        ",
    ),
    // The JVM and .NET.
    (
        Runs::Build,
        "
        *.gradle *.gradle.kts *.gradle.dcl gradle.properties gradlew gradlew.bat gradle/** buildsrc/** build-logic/**
        pom.xml *.pom .mvn/** mvnw mvnw.cmd *.sbt project/build.properties project/*.scala build.sc build.mill*
        .mill* build.xml ivy.xml project.clj profiles.clj deps.edn bb.edn build.clj build.boot shadow-cljs.edn
        *.*proj *.sln *.slnx *.props *.targets *.rsp nuget.config global.json *.tt *.t4 dotnet-tools.json *.cake
        paket.* packages.config *.runsettings *.nuspec .jvmopts .sbtopts
        ",
    ),
    // Python.
    (
        Runs::Build,
        "
        setup.py setup.cfg pyproject.toml tox.ini noxfile.* conftest.py pytest.ini .pytest.ini pytest.toml
        .pytest.toml tasks.py fabfile.py dodo.py pavement.py pipfile pixi.toml uv.toml poetry.toml pdm.toml .pdm.toml
        hatch.toml hatch_build.py pip.conf pip.ini .pylintrc* pylintrc* mypy.ini .mypy.ini .flake8 .coveragerc
        gunicorn.conf.py conf.py snakefile *.smk dvc.yaml
        ",
    ),
    // JavaScript.
    (
        Runs::Build,
        "
        package.json package.json5 package.yaml .npmrc .yarnrc* .yarn/** .pnp.* .pnpmfile.* pnpm-workspace.yaml
        bunfig.toml deno.json* binding.gyp lerna.json nx.json project.json turbo.json rush.json workspace.json
        angular.json .angular-cli.json .parcelrc .swcrc tsup.* *.config.js *.config.cjs *.config.mjs *.config.ts
        *.config.cts *.config.mts *.config.*.js *.config.*.ts *.config.*.mjs *.config.*.mts *.conf.js *.conf.ts
        *.conf.cjs *.conf.mjs gulpfile* gruntfile* jakefile* cakefile vitest.workspace.* .*rc.js .*rc.cjs .*rc.mjs
        .*rc.ts .eslintrc* .babelrc* .mocharc* .prettierrc* .stylelintrc* .nycrc* .c8rc* .taprc* .postcssrc*
        nodemon.json .nodemonrc* .commitlintrc* .storybook/** .ember-cli* ember-cli-build.js graphql.config.* .graphqlrc*
        ",
    ),
    // Ruby, PHP, Perl and others.
    (
        Runs::Build,
        "
        gemfile gems.rb *.gemspec guardfile capfile config.ru .rspec* .rubocop* .simplecov steepfile .bundle/**
        appraisals thorfile *.thor composer.json phpunit.xml* .phpunit.xml* phpstan*.neon* psalm.xml* .php-cs-fixer*
        rector.php ecs.php .user.ini .htaccess makefile.pl build.pl cpanfile dist.ini deps/build.jl *.rockspec
        .luacheckrc .busted
        ",
    ),
];
