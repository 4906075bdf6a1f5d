//! What the nodes of each grammar are: the tables that the walk goes by.

use crate::language::Language;
use crate::outline::Kind;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a node is to an outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A definition. Looked into only where it is long.
    Define(Kind),
    /// A definition with members.
    Contain(Kind),
    /// What it holds belongs to what it names, which is defined elsewhere (Rust's `impl`).
    Scope,
    /// What it holds stands where it does.
    Pass,
    /// The same, and the one definition in it begins and ends with it (`export`, decorators, `template`).
    Wrap,
    /// A function without a name, or a block: looked into where it is long, and what is in it is local.
    Body,
    /// Something comes from elsewhere.
    Import,
    /// A piece without a name.
    Block,
}

use Kind::*;
use Role::*;

type Table = &'static [(&'static str, Role)];

const RUST: Table = &[
    ("function_item", Define(Function)),
    ("function_signature_item", Define(Function)),
    ("struct_item", Contain(Struct)),
    ("union_item", Contain(Struct)),
    ("enum_item", Contain(Enum)),
    ("enum_variant", Define(Variant)),
    ("field_declaration", Define(Field)),
    ("trait_item", Contain(Interface)),
    ("impl_item", Scope),
    ("mod_item", Contain(Module)),
    ("extern_crate_declaration", Import),
    ("const_item", Define(Constant)),
    ("static_item", Define(Constant)),
    ("type_item", Define(Type)),
    ("associated_type", Define(Type)),
    ("macro_definition", Define(Macro)),
    ("use_declaration", Import),
    ("foreign_mod_item", Pass),
    ("declaration_list", Pass),
];

const PYTHON: Table = &[
    ("function_definition", Define(Function)),
    ("class_definition", Contain(Class)),
    ("decorated_definition", Wrap),
    ("expression_statement", Wrap),
    ("assignment", Define(Variable)),
    ("if_statement", Pass),
    ("else_clause", Pass),
    ("elif_clause", Pass),
    ("try_statement", Pass),
    ("except_clause", Pass),
    ("with_statement", Pass),
    ("block", Pass),
    ("type_alias_statement", Define(Type)),
    ("import_statement", Import),
    ("import_from_statement", Import),
];

const JAVASCRIPT: Table = &[
    ("function_declaration", Define(Function)),
    ("generator_function_declaration", Define(Function)),
    ("function_signature", Define(Function)),
    ("class_declaration", Contain(Class)),
    ("abstract_class_declaration", Contain(Class)),
    ("class", Contain(Class)),
    ("interface_declaration", Contain(Interface)),
    ("enum_declaration", Contain(Enum)),
    ("enum_assignment", Define(Variant)),
    ("type_alias_declaration", Define(Type)),
    ("module", Contain(Module)),
    ("internal_module", Contain(Module)),
    ("method_definition", Define(Method)),
    ("method_signature", Define(Method)),
    ("abstract_method_signature", Define(Method)),
    ("property_signature", Define(Field)),
    ("field_definition", Define(Field)),
    ("public_field_definition", Define(Field)),
    ("variable_declarator", Define(Variable)),
    ("assignment_expression", Define(Variable)),
    ("pair", Define(Field)),
    ("lexical_declaration", Wrap),
    ("variable_declaration", Wrap),
    ("export_statement", Wrap),
    ("ambient_declaration", Wrap),
    ("expression_statement", Wrap),
    ("object", Pass),
    ("statement_block", Pass),
    ("if_statement", Pass),
    ("call_expression", Pass),
    ("arguments", Pass),
    ("parenthesized_expression", Pass),
    ("function_expression", Body),
    ("arrow_function", Body),
    ("import_statement", Import),
];

const GO: Table = &[
    ("function_declaration", Define(Function)),
    ("method_declaration", Define(Method)),
    ("type_declaration", Wrap),
    ("const_declaration", Wrap),
    ("var_declaration", Wrap),
    ("var_spec_list", Pass),
    ("type_spec", Contain(Type)),
    ("type_alias", Define(Type)),
    ("const_spec", Define(Constant)),
    ("var_spec", Define(Variable)),
    ("struct_type", Pass),
    ("interface_type", Pass),
    ("field_declaration_list", Pass),
    ("field_declaration", Define(Field)),
    ("method_elem", Define(Method)),
    ("import_declaration", Pass),
    ("import_spec_list", Pass),
    ("import_spec", Import),
];

const JAVA: Table = &[
    ("class_declaration", Contain(Class)),
    ("record_declaration", Contain(Class)),
    ("interface_declaration", Contain(Interface)),
    ("annotation_type_declaration", Contain(Interface)),
    ("enum_declaration", Contain(Enum)),
    ("enum_constant", Define(Variant)),
    ("enum_body_declarations", Pass),
    ("method_declaration", Define(Method)),
    ("constructor_declaration", Define(Method)),
    ("compact_constructor_declaration", Define(Method)),
    ("annotation_type_element_declaration", Define(Method)),
    ("field_declaration", Wrap),
    ("constant_declaration", Wrap),
    ("variable_declarator", Define(Field)),
    ("import_declaration", Import),
];

const KOTLIN: Table = &[
    ("class_declaration", Contain(Class)),
    ("object_declaration", Contain(Class)),
    ("companion_object", Pass),
    ("class_body", Pass),
    ("enum_class_body", Pass),
    ("function_declaration", Define(Function)),
    ("secondary_constructor", Block),
    ("property_declaration", Define(Variable)),
    ("enum_entry", Define(Variant)),
    ("type_alias", Define(Type)),
    ("import", Import),
];

const C: Table = &[
    ("function_definition", Define(Function)),
    ("declaration", Define(Variable)),
    ("field_declaration", Define(Field)),
    ("struct_specifier", Contain(Struct)),
    ("union_specifier", Contain(Struct)),
    ("enum_specifier", Contain(Enum)),
    ("class_specifier", Contain(Class)),
    ("enumerator", Define(Variant)),
    ("type_definition", Define(Type)),
    ("alias_declaration", Define(Type)),
    ("concept_definition", Define(Type)),
    ("namespace_definition", Contain(Module)),
    ("labeled_statement", Pass),
    ("template_declaration", Wrap),
    ("field_declaration_list", Pass),
    ("declaration_list", Pass),
    ("linkage_specification", Pass),
    ("preproc_def", Define(Constant)),
    ("preproc_function_def", Define(Macro)),
    ("preproc_if", Pass),
    ("preproc_ifdef", Pass),
    ("preproc_else", Pass),
    ("preproc_elif", Pass),
    ("preproc_include", Import),
];

const C_SHARP: Table = &[
    ("namespace_declaration", Contain(Module)),
    ("file_scoped_namespace_declaration", Pass),
    ("class_declaration", Contain(Class)),
    ("record_declaration", Contain(Class)),
    ("struct_declaration", Contain(Struct)),
    ("interface_declaration", Contain(Interface)),
    ("enum_declaration", Contain(Enum)),
    ("enum_member_declaration", Define(Variant)),
    ("method_declaration", Define(Method)),
    ("constructor_declaration", Define(Method)),
    ("operator_declaration", Define(Method)),
    ("property_declaration", Define(Field)),
    ("indexer_declaration", Define(Field)),
    ("event_field_declaration", Wrap),
    ("field_declaration", Wrap),
    ("variable_declaration", Wrap),
    ("variable_declarator", Define(Field)),
    ("delegate_declaration", Define(Type)),
    ("using_directive", Import),
];

const RUBY: Table = &[
    ("module", Contain(Module)),
    ("class", Contain(Class)),
    ("singleton_class", Pass),
    ("body_statement", Pass),
    ("method", Define(Function)),
    ("singleton_method", Define(Function)),
    ("assignment", Define(Constant)),
    ("call", Import),
];

const PHP: Table = &[
    ("namespace_definition", Pass),
    ("compound_statement", Pass),
    ("class_declaration", Contain(Class)),
    ("interface_declaration", Contain(Interface)),
    ("trait_declaration", Contain(Interface)),
    ("enum_declaration", Contain(Enum)),
    ("enum_case", Define(Variant)),
    ("function_definition", Define(Function)),
    ("method_declaration", Define(Method)),
    ("property_declaration", Wrap),
    ("property_element", Define(Field)),
    ("const_declaration", Wrap),
    ("const_element", Define(Constant)),
    ("namespace_use_declaration", Import),
    ("expression_statement", Pass),
    ("require_expression", Import),
    ("require_once_expression", Import),
    ("include_expression", Import),
    ("include_once_expression", Import),
];

const SWIFT: Table = &[
    ("class_declaration", Contain(Class)),
    ("protocol_declaration", Contain(Interface)),
    ("function_declaration", Define(Function)),
    ("protocol_function_declaration", Define(Method)),
    ("init_declaration", Define(Method)),
    ("subscript_declaration", Block),
    ("deinit_declaration", Block),
    ("property_declaration", Define(Variable)),
    ("protocol_property_declaration", Define(Field)),
    ("enum_entry", Define(Variant)),
    ("typealias_declaration", Define(Type)),
    ("import_declaration", Import),
];

const SCALA: Table = &[
    ("package_clause", Pass),
    ("object_definition", Contain(Class)),
    ("package_object", Contain(Module)),
    ("class_definition", Contain(Class)),
    ("trait_definition", Contain(Interface)),
    ("enum_definition", Contain(Enum)),
    ("enum_case_definitions", Pass),
    ("simple_enum_case", Define(Variant)),
    ("full_enum_case", Define(Variant)),
    ("function_definition", Define(Function)),
    ("function_declaration", Define(Function)),
    ("val_definition", Define(Variable)),
    ("var_definition", Define(Variable)),
    ("val_declaration", Define(Variable)),
    ("given_definition", Define(Variable)),
    ("type_definition", Define(Type)),
    ("extension_definition", Scope),
    ("import_declaration", Import),
];

const LUA: Table = &[
    ("function_declaration", Define(Function)),
    ("variable_declaration", Wrap),
    ("assignment_statement", Define(Variable)),
];

const SHELL: Table = &[
    ("function_definition", Define(Function)),
    ("variable_assignment", Define(Variable)),
    ("declaration_command", Wrap),
    ("command", Import),
];

const SQL: Table = &[
    ("statement", Wrap),
    ("create_table", Contain(Key)),
    ("column_definitions", Pass),
    ("column_definition", Define(Field)),
    ("create_view", Define(Key)),
    ("create_materialized_view", Define(Key)),
    ("create_index", Define(Key)),
    ("create_type", Define(Type)),
    ("create_function", Define(Function)),
    ("create_trigger", Define(Function)),
];

const ZIG: Table = &[
    ("function_declaration", Define(Function)),
    ("variable_declaration", Contain(Variable)),
    ("struct_declaration", Pass),
    ("enum_declaration", Pass),
    ("union_declaration", Pass),
    ("container_field", Define(Field)),
    ("test_declaration", Block),
];

const HTML: Table = &[
    ("element", Block),
    ("script_element", Block),
    ("style_element", Block),
];

const CSS: Table = &[
    ("rule_set", Define(Key)),
    ("media_statement", Block),
    ("supports_statement", Block),
    ("keyframes_statement", Block),
    ("block", Pass),
    ("import_statement", Import),
];

const MARKDOWN: Table = &[("section", Contain(Heading))];

const YAML: Table = &[
    ("document", Pass),
    ("block_node", Pass),
    ("block_mapping", Pass),
    ("block_mapping_pair", Contain(Key)),
];

const TOML: Table = &[
    ("table", Contain(Key)),
    ("table_array_element", Contain(Key)),
    ("pair", Define(Key)),
];

const JSON: Table = &[("object", Pass), ("array", Pass), ("pair", Contain(Key))];

/// The grammar and the rules of a language, if it has them.
pub(super) struct Rules {
    pub(super) grammar: tree_sitter::Language,
    roles: Vec<Option<Role>>,
}

/// Made when the first text of the language comes.
type Lazy = LazyLock<Rules, fn() -> Rules>;

impl Rules {
    pub(super) fn of(language: &Language) -> Option<&'static Rules> {
        static ALL: LazyLock<HashMap<&'static str, Lazy>> = LazyLock::new(|| {
            let mut all = HashMap::new();
            let mut add = |id: &'static str, rules: fn() -> Rules| {
                all.insert(id, LazyLock::new(rules));
            };
            add("rust", || Rules::new(tree_sitter_rust::LANGUAGE, RUST));
            add("python", || {
                Rules::new(tree_sitter_python::LANGUAGE, PYTHON)
            });
            add("javascript", || {
                Rules::new(tree_sitter_javascript::LANGUAGE, JAVASCRIPT)
            });
            add("javascriptreact", || {
                Rules::new(tree_sitter_javascript::LANGUAGE, JAVASCRIPT)
            });
            add("typescript", || {
                Rules::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT, JAVASCRIPT)
            });
            add("typescriptreact", || {
                Rules::new(tree_sitter_typescript::LANGUAGE_TSX, JAVASCRIPT)
            });
            add("go", || Rules::new(tree_sitter_go::LANGUAGE, GO));
            add("java", || Rules::new(tree_sitter_java::LANGUAGE, JAVA));
            add("kotlin", || {
                Rules::new(tree_sitter_kotlin_ng::LANGUAGE, KOTLIN)
            });
            add("c", || Rules::new(tree_sitter_c::LANGUAGE, C));
            add("cpp", || Rules::new(tree_sitter_cpp::LANGUAGE, C));
            add("csharp", || {
                Rules::new(tree_sitter_c_sharp::LANGUAGE, C_SHARP)
            });
            add("ruby", || Rules::new(tree_sitter_ruby::LANGUAGE, RUBY));
            add("php", || Rules::new(tree_sitter_php::LANGUAGE_PHP, PHP));
            add("swift", || Rules::new(tree_sitter_swift::LANGUAGE, SWIFT));
            add("scala", || Rules::new(tree_sitter_scala::LANGUAGE, SCALA));
            add("lua", || Rules::new(tree_sitter_lua::LANGUAGE, LUA));
            add("shellscript", || {
                Rules::new(tree_sitter_bash::LANGUAGE, SHELL)
            });
            add("sql", || Rules::new(tree_sitter_sequel::LANGUAGE, SQL));
            add("zig", || Rules::new(tree_sitter_zig::LANGUAGE, ZIG));
            add("html", || Rules::new(tree_sitter_html::LANGUAGE, HTML));
            add("css", || Rules::new(tree_sitter_css::LANGUAGE, CSS));
            add("markdown", || {
                Rules::new(tree_sitter_md::LANGUAGE, MARKDOWN)
            });
            add("yaml", || Rules::new(tree_sitter_yaml::LANGUAGE, YAML));
            add("toml", || Rules::new(tree_sitter_toml_ng::LANGUAGE, TOML));
            add("json", || Rules::new(tree_sitter_json::LANGUAGE, JSON));
            add("jsonc", || Rules::new(tree_sitter_json::LANGUAGE, JSON));
            all
        });
        ALL.get(language.id).map(|it| &**it)
    }

    fn new(grammar: impl Into<tree_sitter::Language>, table: Table) -> Rules {
        let grammar: tree_sitter::Language = grammar.into();
        let mut roles = vec![None; grammar.node_kind_count()];
        for (id, role) in roles.iter_mut().enumerate() {
            // Kinds are numbered in 16 bits.
            let id = id as u16;
            if grammar.node_kind_is_named(id)
                && let Some(kind) = grammar.node_kind_for_id(id)
            {
                *role = table.iter().find(|it| it.0 == kind).map(|it| it.1);
            }
        }
        Rules { grammar, roles }
    }

    pub(super) fn role(&self, node: tree_sitter::Node) -> Option<Role> {
        if node.is_error() {
            // Something is half typed: what can be read in there counts.
            return Some(Role::Pass);
        }
        self.roles
            .get(usize::from(node.kind_id()))
            .copied()
            .flatten()
    }
}
