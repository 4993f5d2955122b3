using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Analytics.Registry.Database.Migrations
{
    /// <inheritdoc />
    public partial class Challengers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "role",
                table: "predictions",
                type: "text",
                nullable: false,
                defaultValue: "champion");

            // A view may only gain columns at its end.
            migrationBuilder.Sql(
                """
                CREATE OR REPLACE VIEW outcomes AS
                SELECT p.id, p.time, p.request_id, p.row, p.model, p.version, p.features, p.prediction, p.label, p.probabilities,
                    f.actual, f.actual_number, f.time AS actual_time, f.client AS actual_client, p.label = f.actual AS correct, p.role
                FROM predictions p JOIN feedback f ON f.prediction_id = p.id
                WHERE p.role <> 'shadow';
                """);

            // What was answered beside what the challenger would have answered to the same row, and what turned out to be true.
            migrationBuilder.Sql(
                """
                CREATE VIEW comparisons AS
                SELECT a.model, a.time, a.request_id, a.row, a.id, s.id AS shadow_id, a.version, s.version AS shadow_version,
                    a.prediction, s.prediction AS shadow_prediction, a.label, s.label AS shadow_label,
                    a.probabilities, s.probabilities AS shadow_probabilities, a.label = s.label AS agrees,
                    f.actual, f.actual_number, a.label = f.actual AS correct, s.label = f.actual AS shadow_correct
                FROM predictions a
                JOIN predictions s ON s.request_id = a.request_id AND s.time = a.time AND s.row = a.row AND s.role = 'shadow'
                LEFT JOIN feedback f ON f.prediction_id = a.id
                WHERE a.role <> 'shadow';
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP VIEW comparisons;
                DROP VIEW outcomes;
                CREATE VIEW outcomes AS
                SELECT p.id, p.time, p.request_id, p.row, p.model, p.version, p.features, p.prediction, p.label, p.probabilities,
                    f.actual, f.actual_number, f.time AS actual_time, f.client AS actual_client, p.label = f.actual AS correct
                FROM predictions p JOIN feedback f ON f.prediction_id = p.id;
                DELETE FROM predictions WHERE role = 'shadow';
                """);

            migrationBuilder.DropColumn(
                name: "role",
                table: "predictions");
        }
    }
}
