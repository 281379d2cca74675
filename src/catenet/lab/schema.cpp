// The JSON Schema of lab files, printed from the same shapes that files are checked against.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/shape.hpp"

namespace catenet::lab {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view number_pattern = R"([0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?)";
constexpr u64 exact_in_json = u64{1} << 53;

// A quantity with one of `units`; a bare 0 needs none.
Json quantity(std::string_view units, std::string_view example) {
  Json with_unit{{"type", "string"},
                 {"pattern", fmt::format("^ *{} *({}) *$", number_pattern, units)}};
  return {{"anyOf", {with_unit, Json{{"const", 0}}}}, {"examples", {std::string(example)}}};
}

Json text_like(std::string_view pattern = {}) {
  // A number or a truth value stands for its own text.
  Json json{{"type", {"string", "number", "boolean"}}};
  if (!pattern.empty()) json["pattern"] = std::string(pattern);
  return json;
}

class SchemaPrinter {
 public:
  Json print() {
    Json root{
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "Catenet lab"},
        {"description", "One file describes a network, what runs on it, and what must hold."}};
    const Json body = object(lab_shape);
    for (const auto& [key, value] : body.items()) root[key] = value;
    root["$defs"] = definitions_;
    return root;
  }

 private:
  Json shape(const Shape& s) {
    switch (s.kind) {
      case ShapeKind::list: return list(s);
      case ShapeKind::map: return map(s);
      case ShapeKind::object: return reference(s);
      case ShapeKind::choice: return choice(s);
      default: return scalar(s);
    }
  }

  static Json count(const Shape& s) {
    Json json{{"type", "integer"}, {"minimum", s.min}};
    if (s.max <= exact_in_json) json["maximum"] = s.max;
    return json;
  }

  static Json scalar(const Shape& s) {
    switch (s.kind) {
      case ShapeKind::pattern:
        return {{"type", "string"}};  // RE2's, not what "format: regex" means
      case ShapeKind::word:
        return {{"enum", std::vector<std::string>(s.words.begin(), s.words.end())}};
      case ShapeKind::lab_name: {
        Json name = text_like("^[^/]+$");
        name["maxLength"] = 100;
        return name;
      }
      case ShapeKind::node_name: return text_like("^[A-Za-z0-9](-?[A-Za-z0-9_]+)*$");
      case ShapeKind::interface_name: return text_like("^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$");
      case ShapeKind::boolean: return {{"type", "boolean"}};
      case ShapeKind::count: return count(s);
      case ShapeKind::duration: return quantity("ns|us|µs|ms|s|sec|min|h|d", "20 ms");
      case ShapeKind::rate:
        return quantity(
            "[bB][iI][tT](/[sS])?|[kKmMgGtT]([bB][iI][tT](/[sS])?|[bB][pP][sS])|[bB][pP][sS]",
            "10 Mbit");
      case ShapeKind::size: return quantity("B|kB|MB|GB|KiB|MiB|GiB|bytes?", "64 KiB");
      case ShapeKind::percentage: return quantity("%", "1 %");
      case ShapeKind::bit_error_rate:
        return {{"type", {"number", "string"}}, {"minimum", 0}, {"maximum", 1}};
      case ShapeKind::weight:
        return {{"anyOf",
                 {{{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}},
                  {{"type", "string"}, {"pattern", "^2\\^-[0-9]+$"}}}},
                {"examples", {0.002, "2^-9"}}};
      case ShapeKind::address: return {{"type", "string"}, {"examples", {"10.0.1.7", "fd00::7"}}};
      case ShapeKind::interface_address: return {{"type", "string"}, {"examples", {"10.0.1.7/24"}}};
      case ShapeKind::prefix:
        return {{"type", "string"},
                {"pattern", "^[0-9A-Fa-f:.]+/[0-9]+$"},
                {"examples", {"10.0.1.0/24"}}};
      case ShapeKind::mac:
        return {{"type", "string"}, {"pattern", "^[0-9A-Fa-f]{1,2}([:-][0-9A-Fa-f]{1,2}){5}$"}};
      default: return text_like();
    }
  }

  Json list(const Shape& s) {
    Json json{{"type", "array"}, {"items", shape(*s.item)}};
    if (s.min != 0) json["minItems"] = s.min;
    if (s.max != ~u64{0}) json["maxItems"] = s.max;
    return json;
  }

  Json map(const Shape& s) {
    Json json{{"type", s.may_be_null ? Json{"object", "null"} : Json("object")},
              {"additionalProperties", shape(*s.item)}};
    Json names = scalar(*s.key);
    names.erase("type");  // keys are strings whatever they look like
    if (!names.empty()) json["propertyNames"] = names;
    return json;
  }

  Json choice(const Shape& s) {
    Json any = Json::array();
    for (const Shape* one : s.choices) any.push_back(shape(*one));
    return {{"anyOf", any}};
  }

  Json reference(const Shape& s) {
    std::string name;
    for (char c : s.name) name += c == ' ' || c == '\'' ? '_' : c;
    if (!definitions_.contains(name)) {
      definitions_[name] = nullptr;  // taken, so that a shape within itself ends
      definitions_[name] = object(s);
    }
    return {{"$ref", "#/$defs/" + name}};
  }

  Json object(const Shape& s) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Field& field : s.fields) {
      Json value = shape(*field.shape);
      value["description"] = std::string(field.doc);
      properties[std::string(field.key)] = std::move(value);
      if (field.required) required.push_back(std::string(field.key));
    }
    Json json{{"type", s.may_be_null ? Json{"object", "null"} : Json("object")},
              {"properties", properties},
              {"patternProperties", {{"^x-", true}}},
              {"additionalProperties", false}};
    if (!required.empty()) json["required"] = required;
    for (const Field& field : s.fields) {
      if (s.exactly_one) json["oneOf"].push_back(Json{{"required", {std::string(field.key)}}});
    }
    return json;
  }

  Json definitions_ = Json::object();
};

}  // namespace

std::string lab_schema() { return SchemaPrinter().print().dump(2) + "\n"; }

}  // namespace catenet::lab
