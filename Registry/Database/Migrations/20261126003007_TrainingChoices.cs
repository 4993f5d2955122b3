using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Analytics.Registry.Database.Migrations
{
    /// <inheritdoc />
    public partial class TrainingChoices : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "choices",
                table: "training_runs",
                type: "jsonb",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "choices",
                table: "training_runs");
        }
    }
}
