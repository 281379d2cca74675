// The schema says what the reader takes: all of its keys, and every example passes where a
// validator is installed.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "catenet/lab/read_test.hpp"
#include "catenet/lab/shape.hpp"

namespace catenet::lab {
namespace {

TEST(Schema, is_draft_2020_12_with_every_top_key_described) {
  const nlohmann::json schema = nlohmann::json::parse(lab_schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const Field& field : lab_shape.fields) {
    ASSERT_TRUE(schema["properties"].contains(std::string(field.key))) << field.key;
    EXPECT_EQ(schema["properties"][std::string(field.key)]["description"], std::string(field.doc));
  }
  EXPECT_EQ(schema["$defs"]["a_link"]["required"], nlohmann::json::array({"endpoints"}));
  EXPECT_EQ(schema["$defs"]["the_services"]["oneOf"].size(), 3u);
}

// Every key has a sentence, so that editors and the manual can show it.
void expect_documented(const Shape& shape, int depth) {
  ASSERT_LT(depth, 16);
  for (const Field& field : shape.fields) {
    EXPECT_GT(field.doc.size(), 6u) << field.key;
    EXPECT_EQ(field.doc.back(), '.') << field.key;
    expect_documented(*field.shape, depth + 1);
  }
  for (const Shape* choice : shape.choices) expect_documented(*choice, depth + 1);
  if (shape.item) expect_documented(*shape.item, depth + 1);
}
TEST(Schema, every_key_is_documented) { expect_documented(lab_shape, 0); }

TEST(Schema, manual_names_every_key) {
  DiskFiles files;
  const auto manual = files.read(CATENET_SOURCE_DIR "/docs/lab-file.md");
  ASSERT_TRUE(manual);
  for (const Shape* shape : {&lab_shape, &node_settings_shape, links_shape.item, script_shape.item,
                             expect_shape.item, impair_shape.choices[1]}) {
    for (const Field& field : shape->fields) {
      EXPECT_NE(manual->find("`" + std::string(field.key) + "`"), std::string::npos) << field.key;
    }
  }
}

// The reader and the schema are two users of one grammar; held against the same files, they must
// agree.
TEST(Schema, files_held_against_it_are_read_the_same_way) {
  DiskFiles files;
  for (const auto& entry :
       std::filesystem::directory_iterator(CATENET_SOURCE_DIR "/tests/lab/schema")) {
    const std::string path = entry.path().string();
    const auto plan = read_lab(path, files);
    EXPECT_EQ(plan.has_value(), !path.ends_with(".bad.yaml"))
        << path << "\n"
        << (plan ? "" : to_string(plan.error()));
  }
}

TEST(Schema, examples_pass_and_misspelt_ones_do_not) {
  const std::string python = "/usr/bin/env python3";
  if (std::system((python + " -c 'import jsonschema, yaml' >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "python3-jsonschema and python3-yaml are not installed";
  }
  const std::filesystem::path schema =
      std::filesystem::path(testing::TempDir()) / "catenet-lab-schema.json";
  std::ofstream(schema) << lab_schema();
  const std::string tool =
      python + " " CATENET_SOURCE_DIR "/tests/lab/validate_schema.py " + schema.string() + " ";
  EXPECT_EQ(
      std::system(
          (tool + CATENET_SOURCE_DIR "/examples " CATENET_SOURCE_DIR "/tests/lab/schema").c_str()),
      0);
  std::filesystem::remove(schema);
}

}  // namespace
}  // namespace catenet::lab
